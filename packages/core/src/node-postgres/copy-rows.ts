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

/**
 * Clients that were asked whether they talk to the process of the server they were told of at the start. Behind a pooler in
 * transaction mode they do not.
 */
const directClients = new WeakMap<object, boolean>();

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
 * the statements passes over what it then still gets, as the protocol says. A pooler in transaction mode does not: it gives the
 * server to somebody else in the middle of a message (seen with PgBouncer 1.18). So the first time the rows wait, and behind a
 * pooler always.
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
  const isDirect = directClients.get(client);
  const text = `${before}; copy ${table} (${columns.join(', ')}) from stdin`;
  await new Promise<void>((resolve, reject) => {
    const query = new CopyRowsQuery({
      text: isDirect === undefined ? `select pg_backend_pid(); ${text}` : text,
      rows,
      waits: isDirect !== true,
      callback: (error) => (error ? reject(error) : resolve()),
      onFirstRow: (field) => {
        if (isDirect === undefined) {
          directClients.set(client, String(field) === String((client as { processID?: unknown }).processID));
        }
      },
    });
    void client.query(query as never);
  });
  return true;
}

interface CopyRowsOptions {
  readonly text: string;
  readonly rows: Uint8Array;
  /** Whether the rows are held back until the server asks for them. */
  readonly waits: boolean;
  readonly callback: (error?: Error | null) => void;
  /** Told of the first field of the first row that is answered. */
  readonly onFirstRow: (field: unknown) => void;
}

/** A query as pg's client drives it: told of each answer of the server. */
class CopyRowsQuery {
  // pg wraps it to count the time. Called once; after an error nothing more is told.
  callback: (error?: Error | null) => void;
  readonly #options: CopyRowsOptions;
  #hasRow = false;

  constructor(options: CopyRowsOptions) {
    this.#options = options;
    this.callback = options.callback;
  }

  submit(connection: PgConnectionLike): void {
    const { text, waits } = this.#options;
    if (waits) {
      connection.query(text);
      return;
    }
    connection.stream.cork();
    connection.query(text);
    this.#send(connection);
    connection.stream.uncork();
  }

  #send({ stream }: PgConnectionLike): void {
    const { rows } = this.#options;
    for (let from = 0; from < rows.length; from += CHUNK_BYTES) {
      const chunk = rows.subarray(from, from + CHUNK_BYTES);
      stream.write(copyDataHeader(chunk.length));
      stream.write(chunk);
    }
    stream.write(COPY_DONE);
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback();
  }

  handleCopyInResponse(connection: PgConnectionLike): void {
    if (this.#options.waits) {
      connection.stream.cork();
      this.#send(connection);
      connection.stream.uncork();
    }
  }

  handleDataRow({ fields }: { fields?: readonly unknown[] }): void {
    if (!this.#hasRow) {
      this.#hasRow = true;
      this.#options.onFirstRow(fields?.[0]);
    }
  }

  // Of no interest: what else the statements before COPY answer.
  handleCommandComplete(): void {}

  handleRowDescription(): void {}

  handleEmptyQuery(): void {}
}

function copyDataHeader(length: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt8(COPY_DATA, 0);
  header.writeUInt32BE(length + 4, 1);
  return header;
}
