import type { RowLoad } from '../storage/sql-store.ts';
import type { PgClientLike } from './pool-like.ts';

// What pg gives a query that writes to the wire itself; the door that pg-copy-streams and pg-cursor use.
interface PgConnectionLike {
  query(text: string): void;
  stream: { cork(): void; uncork(): void; write(chunk: Uint8Array): unknown };
}

// Small enough that the server parses the first rows while the last are on their way.
const CHUNK_BYTES = 131_072;
const HEADER_BYTES = 5;
const COPY_DATA = 0x64;
const COPY_DONE: Uint8Array = Uint8Array.of(0x63, 0, 0, 0, 4);

/** True for a client of pg's JavaScript driver. pg-native has no COPY, and a pipelining client refuses it. */
function canCopy(client: unknown): client is PgClientLike {
  const { connection, pipeline } = Object(client) as {
    connection?: Partial<PgConnectionLike>;
    pipeline?: unknown;
  };
  return typeof connection?.stream?.cork === 'function' && pipeline !== true;
}

/**
 * For stores over pg: runs statements without values and then `copy … from stdin` on one of its clients, as one message and one
 * implicit transaction, with the rows right behind it. The rows are in memory already, so they go to the socket as they are;
 * neither a stream nor a package for it is needed.
 *
 * The rows are sent without waiting until the server asks for them, which saves a round trip. A server that has refused one of
 * the statements passes over what it then still gets, as the protocol says.
 *
 * @param client a client of pg that has no transaction open
 * @returns false, with nothing done, where the client has no COPY
 * @source https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
 * @throws the driver's error
 */
export async function loadRowsOnPgClient(client: unknown, load: RowLoad): Promise<boolean> {
  if (!canCopy(client)) {
    return false;
  }
  const { before, table, columns, rows } = load;
  await new Promise<void>((resolve, reject) => {
    const text = `${before}; copy ${table} (${columns.join(', ')}) from stdin`;
    const query = new CopyRowsQuery(text, rows, (error) => (error ? reject(error) : resolve()));
    void client.query(query as never);
  });
  return true;
}

/** A query as pg's client drives it: told of each answer of the server. */
class CopyRowsQuery {
  // pg wraps it to count the time. Called once; after an error nothing more is told.
  callback: (error?: Error | null) => void;
  readonly #text: string;
  readonly #rows: Uint8Array;

  constructor(text: string, rows: Uint8Array, callback: (error?: Error | null) => void) {
    this.#text = text;
    this.#rows = rows;
    this.callback = callback;
  }

  submit(connection: PgConnectionLike): void {
    const { stream } = connection;
    stream.cork();
    connection.query(this.#text);
    for (let from = 0; from < this.#rows.length; from += CHUNK_BYTES) {
      const chunk = this.#rows.subarray(from, from + CHUNK_BYTES);
      stream.write(copyDataHeader(chunk.length));
      stream.write(chunk);
    }
    stream.write(COPY_DONE);
    stream.uncork();
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback();
  }

  // Of no interest: what the statements before COPY answer, and that the server wants the rows it has got already.
  handleCopyInResponse(): void {}

  handleCommandComplete(): void {}

  handleRowDescription(): void {}

  handleDataRow(): void {}

  handleEmptyQuery(): void {}
}

function copyDataHeader(length: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt8(COPY_DATA, 0);
  header.writeUInt32BE(length + 4, 1);
  return header;
}
