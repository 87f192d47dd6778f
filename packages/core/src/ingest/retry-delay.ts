/**
 * Milliseconds to wait before the next attempt: 100 ms doubled up to 5 s, of which a random half is taken off, so that many
 * processes do not come back at the same moment.
 */
export function retryDelayMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(5_000, 100 * 2 ** Math.min(attempt, 10));
  return Math.round(full / 2 + (full / 2) * random());
}
