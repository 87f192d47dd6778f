const STEP_BYTES = 65_536;
// A UTF-16 code unit takes at most three bytes of UTF-8.
const MAX_BYTES_PER_UNIT = 3;
const PENDING_UNITS = 8_192;
const MAX_FREE_BUFFERS = 4;
const MAX_FREE_BYTES = 4_194_304;

// Memory outside of V8's heap counts as growth of it: each ten megabytes of new buffers would start a full garbage
// collection, which costs the application more than all the encoding. So buffers are used again.
const free: Buffer[] = [];
const owned = new WeakSet<ArrayBufferLike>();

/** Encoded rows, one after the other, in a buffer that grows. */
export class RowBuffer {
  #buffer: Buffer | undefined;
  /** Rows that are not in the buffer yet: each write costs as much as a few columns. */
  #pending = '';
  #length = 0;
  #rowCount = 0;

  get rowCount(): number {
    return this.#rowCount;
  }

  add(row: string): void {
    this.#pending += row;
    this.#rowCount += 1;
    if (this.#pending.length >= PENDING_UNITS) {
      this.#write();
    }
  }

  /** Takes the rows out. Give them to {@link releaseRows} once they are stored; whoever forgets only costs memory. */
  take(): Buffer {
    this.#write();
    const rows = this.#takeBytes();
    this.#length = 0;
    this.#rowCount = 0;
    return rows;
  }

  #write(): void {
    const needed = this.#length + this.#pending.length * MAX_BYTES_PER_UNIT;
    const buffer =
      this.#buffer !== undefined && needed <= this.#buffer.length ? this.#buffer : this.#grow(needed);
    this.#length += buffer.write(this.#pending, this.#length);
    this.#pending = '';
  }

  #takeBytes(): Buffer {
    const buffer = this.#buffer;
    if (buffer === undefined || this.#length * 2 < buffer.length) {
      // A few rows must not hold a large buffer while they wait.
      return Buffer.from(buffer?.subarray(0, this.#length) ?? []);
    }
    this.#buffer = undefined;
    return buffer.subarray(0, this.#length);
  }

  #grow(needed: number): Buffer {
    const larger = acquire(needed);
    if (this.#buffer !== undefined) {
      this.#buffer.copy(larger, 0, 0, this.#length);
      releaseRows(this.#buffer);
    }
    this.#buffer = larger;
    return larger;
  }
}

function acquire(needed: number): Buffer {
  const at = free.findIndex((buffer) => buffer.length >= needed);
  if (at !== -1) {
    return free.splice(at, 1)[0] as Buffer;
  }
  const buffer = Buffer.allocUnsafeSlow(Math.ceil((needed * 1.4) / STEP_BYTES) * STEP_BYTES);
  owned.add(buffer.buffer);
  return buffer;
}

/** Gives the memory of rows back that nobody looks at any more. */
export function releaseRows(rows: Buffer): void {
  const { buffer } = rows;
  if (owned.has(buffer) && free.length < MAX_FREE_BUFFERS && buffer.byteLength <= MAX_FREE_BYTES) {
    const whole = Buffer.from(buffer);
    if (!free.some((each) => each.buffer === buffer)) {
      free.push(whole);
    }
  }
}
