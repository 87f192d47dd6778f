import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { HealthCheckFunction } from '../health-check.ts';
import { assertCheckOptions, resolveLimit } from './check-limits.ts';

/** Options of {@link eventLoopCheck}. */
export interface EventLoopCheckOptions {
  /** Milliseconds of delay, of the slowest hundredth since the last look, over which the check fails. Default 500. */
  maxDelayMs?: number | undefined;
}

const OWNER = 'eventLoopCheck';
const RESOLUTION_MS = 20;
const NS_PER_MS = 1e6;

/**
 * A check that fails while the event loop is late: something computes for long, or there is not enough CPU. It measures from the
 * first look on, from look to look, with a timer that does not keep the process alive.
 * @throws `INVALID_ARGUMENT`
 * @source https://nodejs.org/api/perf_hooks.html#perf_hooksmonitoreventloopdelayoptions
 * @example `checks: { eventLoop: { check: eventLoopCheck({ maxDelayMs: 1_000 }), critical: false } }`
 */
export function eventLoopCheck(options: EventLoopCheckOptions = {}): HealthCheckFunction {
  assertCheckOptions(options, OWNER);
  const maxDelayMs = resolveLimit(options.maxDelayMs, {
    owner: OWNER,
    name: 'maxDelayMs',
    fallback: 500,
    least: 1,
    most: 3_600_000,
    unit: 'milliseconds',
  });
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let isMeasuring = false;
  return () => {
    if (!isMeasuring) {
      isMeasuring = true;
      delays.enable();
      return true;
    }
    // The histogram holds the time between two ticks of its timer.
    const delayMs = delays.count === 0 ? 0 : delays.percentile(99) / NS_PER_MS - RESOLUTION_MS;
    delays.reset();
    return delayMs > maxDelayMs
      ? {
          healthy: false,
          message: `the event loop is ${Math.round(delayMs)} ms late, more than ${maxDelayMs} ms`,
        }
      : true;
  };
}
