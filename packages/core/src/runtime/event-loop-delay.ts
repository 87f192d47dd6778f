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

// As in Node.js itself, OpenTelemetry's instrumentation and prom-client. The measured values contain it.
const RESOLUTION_MS = 10;
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
    // The turn of the timer that is under way is lost by it: 10 ms of a window.
    histogram.reset();
    return summary;
  }
}

function summarize(histogram: IntervalHistogram): DelaySummary {
  const percentile = (percent: number): number => histogram.percentile(percent) * SECONDS_PER_NANOSECOND;
  return {
    min: histogram.min * SECONDS_PER_NANOSECOND,
    max: histogram.max * SECONDS_PER_NANOSECOND,
    mean: histogram.mean * SECONDS_PER_NANOSECOND,
    stddev: histogram.stddev * SECONDS_PER_NANOSECOND,
    p50: percentile(50),
    p90: percentile(90),
    p99: percentile(99),
  };
}
