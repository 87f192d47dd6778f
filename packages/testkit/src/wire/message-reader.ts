const LENGTH_BYTES = 4;

/** A message of PostgreSQL's protocol. */
export interface WireMessage {
  /** Its letter, for example `Q`; empty for the first messages of a client, which have none. */
  readonly type: string;
  /** What follows the length. */
  readonly body: Buffer;
  /** All of its bytes, as they came. */
  readonly bytes: Buffer;
}

/**
 * Cuts a stream of bytes into messages.
 * @source https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class MessageReader {
  #rest: Buffer = Buffer.alloc(0);

  /** Bytes that have come in. */
  push(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
  }

  /**
   * The next whole message; undefined when its end has not come yet.
   * @param hasType false for the first messages of a client
   */
  next(hasType = true): WireMessage | undefined {
    const typeBytes = hasType ? 1 : 0;
    if (this.#rest.length < typeBytes + LENGTH_BYTES) {
      return undefined;
    }
    const end = typeBytes + this.#rest.readUInt32BE(typeBytes);
    if (this.#rest.length < end) {
      return undefined;
    }
    const bytes = this.#rest.subarray(0, end);
    this.#rest = this.#rest.subarray(end);
    return {
      type: hasType ? String.fromCharCode(bytes[0] as number) : '',
      body: bytes.subarray(typeBytes + LENGTH_BYTES),
      bytes,
    };
  }
}

/** A message of the server. */
export function toMessage(type: string, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const head = Buffer.alloc(1 + LENGTH_BYTES);
  head.write(type);
  head.writeUInt32BE(body.length + LENGTH_BYTES, 1);
  return Buffer.concat([head, body]);
}

/** Four bytes. */
export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeInt32BE(value);
  return bytes;
}
