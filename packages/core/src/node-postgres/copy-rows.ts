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
export function canCopy(client: unknown): boolean {
  const { connection, pipeline } = Object(client) as {
    connection?: Partial<PgConnectionLike>;
    pipeline?: unknown;
  };
  return typeof connection?.stream?.cork === 'function' && pipeline !== true;
}

/**
 * Loads rows through COPY on a client of pg, inside whatever transaction it has open. The rows are in memory already, so
 * they go to the socket as they are; neither a stream nor a package for it is needed.
 * @source https://www.postgresql.org/docs/current/protocol-message-formats.html (CopyData, CopyDone)
 * @throws the driver's error
 */
export function copyRows(
  client: PgClientLike,
  table: string,
  columns: readonly string[],
  rows: Uint8Array,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const text = `copy ${table} (${columns.join(', ')}) from stdin`;
    const query = new CopyRowsQuery(text, rows, (error) => (error ? reject(error) : resolve()));
    void client.query(query as never);
  });
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
    connection.query(this.#text);
  }

  handleCopyInResponse({ stream }: PgConnectionLike): void {
    stream.cork();
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

  handleCommandComplete(): void {}
}

function copyDataHeader(length: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt8(COPY_DATA, 0);
  header.writeUInt32BE(length + 4, 1);
  return header;
}
