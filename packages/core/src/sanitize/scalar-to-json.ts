// 4,096 bits; writing a much longer one in decimal takes longer than all else together.
const LARGEST_BIGINT = 1n << 4_096n;

/** A number where that is exact, else decimal text, and `[Truncated]` for one of more than 4,096 bits. */
export function bigintToJson(value: bigint): number | string {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) {
    return Number(value);
  }
  return value > LARGEST_BIGINT || value < -LARGEST_BIGINT ? '[Truncated]' : value.toString();
}

/** Whether a value is raw bytes (a Buffer, say), not a list of numbers as a Float64Array is. */
export function isBytes(value: object): value is ArrayBufferView | ArrayBuffer {
  return (
    value instanceof Uint8Array ||
    value instanceof Uint8ClampedArray ||
    value instanceof DataView ||
    value instanceof ArrayBuffer
  );
}

/** Base64 of as many leading bytes as fit in `maxLength` characters. */
export function bytesToBase64(
  value: ArrayBufferView | ArrayBuffer,
  maxLength: number,
): { text: string; isCut: boolean } {
  const bytes = ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value);
  // Whole groups of three bytes, or the end would decode to something that was never there.
  const most = Math.floor(maxLength / 4) * 3;
  return { text: bytes.toString('base64', 0, most), isCut: bytes.length > most };
}
