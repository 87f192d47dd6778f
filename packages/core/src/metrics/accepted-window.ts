import { types } from 'node:util';

const DAY_MS = 86_400_000;

/** Months that `record` and queries reach back. */
export const ACCEPTED_MONTHS = 13;

/** First and last moment that a point may have, in epoch milliseconds. */
export interface TimeRange {
  from: number;
  to: number;
}

/**
 * The times a point may have: from 13 months ago until a day ahead, which leaves room for imports and for clocks that
 * differ. Each month outside would be a partition of its own.
 * @param now epoch milliseconds
 */
export function acceptedWindow(now: number): TimeRange {
  const from = new Date(now);
  from.setUTCMonth(from.getUTCMonth() - ACCEPTED_MONTHS);
  return { from: from.getTime(), to: now + DAY_MS };
}

/**
 * The time of an observation in epoch milliseconds, or why it is refused.
 * @param timestamp as it was given; now where there is none
 */
export function readRecordedAt(
  timestamp: unknown,
  now: number,
): { recordedAt: number } | { refused: 'invalid_timestamp' | 'out_of_window' } {
  const { from, to } = acceptedWindow(now);
  const recordedAt = toEpochMs(timestamp ?? now);
  if (recordedAt === undefined) {
    return { refused: 'invalid_timestamp' };
  }
  return recordedAt < from || recordedAt > to ? { refused: 'out_of_window' } : { recordedAt };
}

// What a Date can hold; PostgreSQL holds a little more.
const LAST_EPOCH_MS = 8.64e15;

/** Milliseconds since 1970 of a Date or a number, cut to whole ones; undefined where it is neither, or no point in time. */
export function toEpochMs(time: unknown): number | undefined {
  // Not instanceof: that also holds for an object which only inherits from Date, and getTime throws for it.
  const epochMs = types.isDate(time) ? time.getTime() : time;
  return typeof epochMs === 'number' && Math.abs(epochMs) <= LAST_EPOCH_MS ? Math.trunc(epochMs) : undefined;
}
