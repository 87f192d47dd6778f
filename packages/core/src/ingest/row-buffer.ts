const FIRST_BYTES = 65_536;
// A UTF-16 code unit takes at most three bytes of UTF-8.
const MAX_BYTES_PER_UNIT = 3;

/** Encoded rows, one after the other in one buffer that grows by doubling. */
export class RowBuffer {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;
  #rowCount = 0;

  get rowCount(): number {
    return this.#rowCount;
  }

  add(row: string): void {
    const needed = this.#length + row.length * MAX_BYTES_PER_UNIT;
    if (needed > this.#buffer.length) {
      this.#grow(needed);
    }
    this.#length += this.#buffer.write(row, this.#length);
    this.#rowCount += 1;
  }

  /** Takes the rows out. */
  take(): Buffer {
    const rows = this.#buffer.subarray(0, this.#length);
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
    this.#rowCount = 0;
    return rows;
  }

  #grow(needed: number): void {
    let size = Math.max(FIRST_BYTES, this.#buffer.length);
    while (size < needed) {
      size *= 2;
    }
    const larger = Buffer.allocUnsafeSlow(size);
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
