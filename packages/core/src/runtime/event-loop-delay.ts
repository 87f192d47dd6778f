import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { IntervalHistogram } from 'node:perf_hooks';

/** How late the event loop came to its timers in one window, in seconds. */
export interface DelaySummary {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly stddev: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

// Each turn of its timer wakes an idle process: 50 a second cost two thirds of what 100 do, the default of Node.js.
const RESOLUTION_MS = 20;
const RESOLUTION_SECONDS = RESOLUTION_MS / 1_000;
const SECONDS_PER_NANOSECOND = 1e-9;

/** Watches the delay of the event loop, window by window. Its timer keeps no process alive. */
export class EventLoopDelay {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.#histogram.enable();
  }

  stop(): void {
    this.#histogram.disable();
  }

  /** Ends a window. Undefined where it was too short to measure anything. */
  take(): DelaySummary | undefined {
    const histogram = this.#histogram;
    // An empty one answers NaN and the largest number there is.
    const summary = histogram.count === 0 ? undefined : summarize(histogram);
    // The turn of the timer that is under way is lost by it: 20 ms of a window.
    histogram.reset();
    return summary;
  }
}

// Node.js measures from turn to turn, so the interval itself is in its values. Without it they do not depend on how often is looked.
function toDelay(nanoseconds: number): number {
  return Math.max(0, nanoseconds * SECONDS_PER_NANOSECOND - RESOLUTION_SECONDS);
}

function summarize(histogram: IntervalHistogram): DelaySummary {
  return {
    min: toDelay(histogram.min),
    max: toDelay(histogram.max),
    mean: toDelay(histogram.mean),
    stddev: histogram.stddev * SECONDS_PER_NANOSECOND,
    p50: toDelay(histogram.percentile(50)),
    p90: toDelay(histogram.percentile(90)),
    p99: toDelay(histogram.percentile(99)),
  };
}
