import type { HrTime, TimeInput } from '../opentelemetry-types.ts';

// A wall clock that was set, or a machine that slept, is followed when it is further off than this.
const MAX_DRIFT_MS = 5;
const LOOK_EVERY_MS = 1_000;

/**
 * The time in microseconds: that of the wall clock, carried on by the monotonic one. `Date.now()` alone cannot tell which of two
 * spans of a millisecond began first.
 */
export class SpanClock {
  #offsetMs = 0;
  #lookAt = Number.NEGATIVE_INFINITY;

  /** Epoch milliseconds with a fraction. */
  now(): number {
    const monotonic = performance.now();
    if (monotonic >= this.#lookAt) {
      this.#lookAt = monotonic + LOOK_EVERY_MS;
      const offset = Date.now() - monotonic;
      if (!(Math.abs(offset - this.#offsetMs) <= MAX_DRIFT_MS)) {
        this.#offsetMs = offset;
      }
    }
    return monotonic + this.#offsetMs;
  }
}

/** Epoch milliseconds as seconds and nanoseconds. */
export function msToHrTime(epochMs: number): HrTime {
  const seconds = Math.floor(epochMs / 1e3);
  return [seconds, Math.floor((epochMs - seconds * 1e3) * 1e6)];
}

/** What the API takes for a time, in epoch milliseconds; what it does not take is now. */
export function timeInputToMs(time: TimeInput | undefined, clock: SpanClock): number {
  if (typeof time === 'number') {
    // By OpenTelemetry's rule a small number is one of `performance.now()`.
    return time <= performance.now() ? time + performance.timeOrigin : time;
  }
  if (time instanceof Date) {
    return time.getTime();
  }
  return Array.isArray(time) ? time[0] * 1e3 + time[1] / 1e6 : clock.now();
}

/** Whether a value is what the API takes for a time, and not attributes. */
export function isTimeInput(value: unknown): value is TimeInput {
  return (
    typeof value === 'number' ||
    value instanceof Date ||
    (Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'number'))
  );
}
