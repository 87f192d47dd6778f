// The low 56 bits of a trace ID are the random ones (W3C Trace Context 2); 52 of them are exact in a number.
const FIRST_DIGIT = 18;
const LAST_DIGIT = 31;
const RANGE = 2 ** 52;

/**
 * Whether a trace belongs to the share that is kept. Depends on nothing but the ID, so services that share a ratio agree, and
 * what a small ratio keeps a larger one keeps, too. The same comparison as OpenTelemetry's consistent probability sampling
 * (randomness ≥ rejection threshold).
 *
 * @param traceId 32 hex digits
 * @param ratio share, 0 to 1
 */
export function isWithinRatio(traceId: string, ratio: number): boolean {
  if (ratio >= 1) {
    return true;
  }
  const randomness = Number.parseInt(traceId.slice(FIRST_DIGIT, LAST_DIGIT), 16);
  return randomness >= (1 - ratio) * RANGE;
}
