// Whoever computes the start of the process from its age is off by some milliseconds.
const TOLERANCE_MS = 1_000;

let endedAt = Number.NEGATIVE_INFINITY;

/**
 * From when on, in epoch milliseconds, a total may have begun for its first point to count as a whole. What began in this process
 * cannot have been stored by an earlier one; an exporter of this process that has ended may have stored what began before it ended.
 */
export function firstTotalsFrom(): number {
  return Math.max(performance.timeOrigin - TOLERANCE_MS, endedAt);
}

/** An exporter has ended. @param now epoch milliseconds */
export function noteExporterEnded(now: number): void {
  endedAt = Math.max(endedAt, now);
}
