/** When a point was collected, in epoch milliseconds. */
export interface PointTimes {
  /** Undefined where the producer does not know it. */
  readonly startMs: number | undefined;
  readonly timeMs: number;
}

/**
 * Epoch milliseconds of seconds and nanoseconds since 1970, cut to microseconds as the database keeps them; undefined for
 * anything else, and for zero, which means unknown.
 */
export function hrTimeToMs(time: unknown): number | undefined {
  if (!Array.isArray(time)) {
    return undefined;
  }
  const [seconds, nanoseconds] = time as unknown[];
  if (typeof seconds !== 'number' || typeof nanoseconds !== 'number') {
    return undefined;
  }
  const milliseconds = seconds * 1e3 + Math.floor(nanoseconds / 1e3) / 1e3;
  return milliseconds > 0 && milliseconds <= 8.64e15 ? milliseconds : undefined;
}
