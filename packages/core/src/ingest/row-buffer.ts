const STEP_BYTES = 65_536;
const EXPECTED_EXTRA_BYTES = 16_384;
// A UTF-16 code unit takes at most three bytes of UTF-8.
const MAX_BYTES_PER_UNIT = 3;
const MAX_FREE_BUFFERS = 4;
const MAX_FREE_BYTES = 4_194_304;
// Rows that fill less than a quarter of their memory are copied out of it.
const COPIED_BELOW = 4;
const MAX_INT32 = 0x7fff_ffff;
const NEWLINE = 0x0a;
const TAB = 0x09;
const NOTHING = Buffer.alloc(0);

// Memory outside of V8's heap counts as growth of it: each ten megabytes of new buffers would start a full garbage
// collection, which costs the application more than all the encoding. So buffers are used again.
const free: Buffer[] = [];
const owned = new WeakSet<ArrayBufferLike>();

/**
 * Encoded rows, one after the other, in memory that grows. Fields are written byte by byte: joining strings first takes twice as
 * long, and leaves two kilobytes of garbage for each span.
 */
export class RowBuffer {
  #bytes: Buffer = NOTHING;
  #length = 0;
  #rowCount = 0;
  /** Bytes that the rows before took: the next ones will take about as many, and growing copies. */
  #expectedLength = 0;

  get rowCount(): number {
    return this.#rowCount;
  }

  /** Where the next byte goes; `rewind` comes back to it. */
  get position(): number {
    return this.#length;
  }

  /** Forgets what was written since `position` was asked for. */
  rewind(position: number): void {
    this.#length = position;
  }

  /** Puts another byte where something was written already. */
  patch(position: number, byte: number): void {
    this.#bytes[position] = byte;
  }

  endField(): void {
    this.#reserve(1);
    this.#bytes[this.#length] = TAB;
    this.#length += 1;
  }

  endRow(): void {
    this.#reserve(1);
    this.#bytes[this.#length] = NEWLINE;
    this.#length += 1;
    this.#rowCount += 1;
  }

  /** Writes what is encoded already. */
  write(encoded: Uint8Array): void {
    const { length } = encoded;
    this.#reserve(length);
    const bytes = this.#bytes;
    const at = this.#length;
    // A call of `set` costs as much as ten bytes of this loop.
    if (length > 10) {
      bytes.set(encoded, at);
    } else {
      for (let index = 0; index < length; index += 1) {
        bytes[at + index] = encoded[index] as number;
      }
    }
    this.#length = at + length;
  }

  /** Writes text that needs no escape; any character. */
  writeText(text: string): void {
    this.#reserve(text.length * MAX_BYTES_PER_UNIT);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /**
   * Writes text all of whose characters are allowed; false, with nothing written, where one is not.
   * @param isAllowed 1 for each of the 128 characters of ASCII that is
   */
  writeAllowed(text: string, isAllowed: Uint8Array): boolean {
    const { length } = text;
    this.#reserve(length);
    const bytes = this.#bytes;
    const at = this.#length;
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 127 || isAllowed[code] !== 1) {
        return false;
      }
      bytes[at + index] = code;
    }
    this.#length = at + length;
    return true;
  }

  /** Writes a whole number from 0 to 2^53 in decimal digits. */
  writeInteger(value: number): void {
    if (value > MAX_INT32) {
      // Twice, because whole numbers of 32 bits are several times as fast.
      const high = Math.floor(value / 1e9);
      this.writeInteger(high);
      this.writeDigits(value - high * 1e9, 9);
      return;
    }
    let digits = 1;
    for (let rest = value | 0; rest > 9; rest = (rest / 10) | 0) {
      digits += 1;
    }
    this.writeDigits(value, digits);
  }

  /** Writes the last `count` digits of a whole number of 31 bits, with zeros in front. */
  writeDigits(value: number, count: number): void {
    this.#reserve(count);
    const bytes = this.#bytes;
    const start = this.#length;
    let rest = value | 0;
    for (let at = start + count - 1; at >= start; at -= 1) {
      const next = (rest / 10) | 0;
      bytes[at] = 0x30 + (rest - next * 10);
      rest = next;
    }
    this.#length = start + count;
  }

  /** Takes the rows out. Give them to {@link releaseRows} once they are stored; whoever forgets only costs memory. */
  take(): Buffer {
    const rows = this.#takeBytes();
    this.#expectedLength = this.#length;
    this.#length = 0;
    this.#rowCount = 0;
    return rows;
  }

  #takeBytes(): Buffer {
    const bytes = this.#bytes;
    if (this.#length * COPIED_BELOW < bytes.length) {
      // A few rows must not hold a large buffer while they wait.
      return Buffer.from(bytes.subarray(0, this.#length));
    }
    this.#bytes = NOTHING;
    return bytes.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#bytes.length - this.#length < count) {
      this.#grow(this.#length + count);
    }
  }

  #grow(needed: number): void {
    const larger = acquire(Math.max(needed * 2, this.#expectedLength + EXPECTED_EXTRA_BYTES));
    this.#bytes.copy(larger, 0, 0, this.#length);
    releaseRows(this.#bytes);
    this.#bytes = larger;
  }
}

function acquire(needed: number): Buffer {
  const at = free.findIndex((buffer) => buffer.length >= needed);
  if (at !== -1) {
    return free.splice(at, 1)[0] as Buffer;
  }
  const buffer = Buffer.allocUnsafeSlow(Math.ceil(needed / STEP_BYTES) * STEP_BYTES);
  owned.add(buffer.buffer);
  return buffer;
}

/** Gives the memory of rows back that nobody looks at any more. */
export function releaseRows(rows: Buffer): void {
  const { buffer } = rows;
  if (
    !owned.has(buffer) ||
    buffer.byteLength > MAX_FREE_BYTES ||
    free.some((each) => each.buffer === buffer)
  ) {
    return;
  }
  // Sorted, so that what is taken is the smallest that fits. The small ones that a batch grew out of must not keep the large ones out.
  free.push(Buffer.from(buffer));
  free.sort((left, right) => left.length - right.length);
  if (free.length > MAX_FREE_BUFFERS) {
    free.shift();
  }
}
