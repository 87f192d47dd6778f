import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';

/** How the metrics of the process are recorded. */
export interface RuntimeMetricsOptions {
  /**
   * Milliseconds between two records while the application records something, too. Default 60,000, as OpenTelemetry's reader has it;
   * 10,000 costs six times the rows. An idle process records every five minutes, or at this interval where it is longer.
   * @source https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#periodic-exporting-metricreader
   */
  intervalMs?: number | undefined;
}

const INTERVAL_MS = 60_000;

// setInterval takes no more; a longer delay would fire at once.
const MAX_INTERVAL_MS = 2_147_483_647;

/**
 * Checks the option `runtimeMetrics` of `createObservability` and fills the default in.
 * @returns undefined where they are switched off
 * @throws `INVALID_OPTION`
 */
export function resolveRuntimeMetrics(
  options: RuntimeMetricsOptions | boolean | undefined,
): { intervalMs: number } | undefined {
  if (options === false) {
    return undefined;
  }
  if (options === undefined || options === true) {
    return { intervalMs: INTERVAL_MS };
  }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('runtimeMetrics', options, 'true, false, or for example { intervalMs: 60000 }');
  }
  const { intervalMs = INTERVAL_MS } = options;
  if (
    typeof intervalMs !== 'number' ||
    !Number.isInteger(intervalMs) ||
    intervalMs < 1 ||
    intervalMs > MAX_INTERVAL_MS
  ) {
    throw invalid(
      'runtimeMetrics.intervalMs',
      intervalMs,
      `a whole number from 1 to ${MAX_INTERVAL_MS}, for example 60000`,
    );
  }
  return { intervalMs };
}

function invalid(name: string, got: unknown, expected: string): ObservabilityError {
  return new ObservabilityError('INVALID_OPTION', `${name} is ${describeValue(got)}; expected ${expected}.`);
}
