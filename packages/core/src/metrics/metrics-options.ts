import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { cleanText } from '../sanitize/clean-text.ts';
import type { Redact } from '../sanitize/redact.ts';
import type { StoreAccessOptions } from '../storage/store-access.ts';

/** Options of `MetricsCollector`. */
export interface MetricsOptions extends StoreAccessOptions {
  /** Goes into the column service_name. Default: the variable `OTEL_SERVICE_NAME`, else null. */
  serviceName?: string | undefined;
  /**
   * Sees every label before it is stored and returns what is stored instead. It runs besides the default list
   * (authorization, cookie, password, token …).
   */
  redact?: Redact | undefined;
  /** Milliseconds of a window: what a process records in it for one series becomes one point. Default 10,000. */
  flushIntervalMs?: number | undefined;
  /**
   * Series a metric can have. What comes past it goes to one series with the label `otel.metric.overflow=true`.
   * Default 2,000, as in the OpenTelemetry SDK. A series counts until nothing was recorded in it for an hour.
   */
  maxSeriesPerMetric?: number | undefined;
  /**
   * Points that wait in memory while the database is away. When half of it is used, open windows grow instead of being
   * written, so that counters, gauges and histograms lose nothing but resolution. Default 50,000.
   */
  maxQueuedPoints?: number | undefined;
  /** Row of observability.resources that describes this process, as decimal digits. */
  resourceId?: string | undefined;
  /** The clock, in milliseconds since 1970. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** {@link MetricsOptions} with the defaults filled in. */
export interface ResolvedMetricsOptions {
  readonly serviceName: string | null;
  readonly resourceId: string | null;
  readonly redact: Redact | undefined;
  readonly flushIntervalMs: number;
  readonly maxSeriesPerMetric: number;
  readonly maxQueuedPoints: number;
  readonly timeoutMs: number;
  readonly now: () => number;
  /** As given, for the store. */
  readonly access: StoreAccessOptions;
}

// setTimeout takes no more; a longer delay would fire at once.
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Fills in the defaults and checks the ranges.
 * @throws `INVALID_OPTION`
 */
export function resolveMetricsOptions(options: MetricsOptions = {}): ResolvedMetricsOptions {
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('options', options, 'an object, or nothing');
  }
  const { schema, logger } = options;
  const timeoutMs = resolveWholeNumber('timeoutMs', options.timeoutMs, 5_000, MAX_DELAY_MS);
  return Object.freeze({
    serviceName: resolveServiceName(options.serviceName),
    resourceId: resolveResourceId(options.resourceId),
    redact: resolveFunction('redact', options.redact),
    flushIntervalMs: resolveWholeNumber('flushIntervalMs', options.flushIntervalMs, 10_000, MAX_DELAY_MS),
    maxSeriesPerMetric: resolveWholeNumber(
      'maxSeriesPerMetric',
      options.maxSeriesPerMetric,
      2_000,
      1_000_000,
    ),
    maxQueuedPoints: resolveWholeNumber('maxQueuedPoints', options.maxQueuedPoints, 50_000, 10_000_000),
    timeoutMs,
    now: resolveFunction('now', options.now) ?? Date.now,
    access: Object.freeze({ schema, logger, timeoutMs }),
  });
}

function resolveWholeNumber(name: string, value: unknown, fallback: number, max: number): number {
  if (value === undefined) {
    return fallback;
  }
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) {
    return value;
  }
  throw invalidOption(name, value, `a whole number from 1 to ${max}, for example ${fallback}`);
}

function resolveServiceName(value: unknown): string | null {
  if (value === undefined) {
    return process.env['OTEL_SERVICE_NAME'] || null;
  }
  if (typeof value === 'string' && value !== '' && value.length <= 255) {
    return cleanText(value);
  }
  throw invalidOption('serviceName', value, 'text of 1 to 255 characters');
}

function resolveResourceId(value: unknown): string | null {
  if (value === undefined) {
    return null;
  }
  if (
    typeof value === 'string' &&
    /^-?\d{1,19}$/.test(value) &&
    BigInt.asIntN(64, BigInt(value)) === BigInt(value)
  ) {
    return value;
  }
  throw invalidOption('resourceId', value, 'a 64-bit whole number as decimal digits');
}

function resolveFunction<Fn>(name: string, value: Fn | undefined): Fn | undefined {
  if (value === undefined || typeof value === 'function') {
    return value;
  }
  throw invalidOption(name, value, 'a function');
}

function invalidOption(name: string, got: unknown, expected: string): ObservabilityError {
  return new ObservabilityError(
    'INVALID_OPTION',
    `${name} of MetricsCollector is ${describeValue(got)}; expected ${expected}.`,
  );
}
