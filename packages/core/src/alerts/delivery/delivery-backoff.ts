const FIRST_MS = 5_000;
const MOST_MS = 900_000;

/** Attempts after which a message is given up that the receiver itself refuses (400, 413, 422). */
export const MAX_REFUSED_ATTEMPTS = 5;

/**
 * Milliseconds until the next attempt: 5 s doubled up to 15 min, of which a random half is taken off, so that what failed
 * together does not come back together. A receiver that has asked for more time gets it.
 *
 * @param attempt number of the attempt that failed, from 1
 */
export function deliveryDelayMs(
  attempt: number,
  retryAfterMs: number | undefined,
  random: () => number = Math.random,
): number {
  const full = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 20));
  return Math.max(Math.round(full / 2 + (full / 2) * random()), Math.round(retryAfterMs ?? 0));
}
