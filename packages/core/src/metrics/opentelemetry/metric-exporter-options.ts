import { describeValue } from '../../arguments/describe-value.ts';
import { ObservabilityError } from '../../errors/observability-error.ts';
import { cleanText } from '../../sanitize/clean-text.ts';
import type { Redact } from '../../sanitize/redact.ts';
import type { StoreAccessOptions } from '../../storage/store-access.ts';

/** Options of `PostgreSQLMetricExporter`. */
export interface MetricExporterOptions extends Omit<StoreAccessOptions, 'timeoutMs'> {
  /**
   * Column service_name where the resource names no service, which the SDK calls `unknown_service`. Default: what the resource
   * says.
   */
  serviceName?: string | undefined;
  /** Sees every label before it is stored and returns what is stored instead; runs after the default list. */
  redact?: Redact | undefined;
  /**
   * Milliseconds that `forceFlush` and `shutdown` wait at most, and an export for a resource that is still being detected.
   * Default 10,000, well below the 30,000 after which a reader gives up on its own.
   */
  exportTimeoutMs?: number | undefined;
  /** Points that wait in memory for the database; what comes past it is refused, and the export fails. Default 50,000. */
  maxQueuedPoints?: number | undefined;
  /**
   * Series a metric can have. What comes past it goes to the label `otel.metric.overflow=true`. Default 2,000, as in the SDK.
   * A series counts until it had no point for an hour.
   */
  maxSeriesPerMetric?: number | undefined;
  /**
   * Buckets of a histogram in the SDK, from 2 to 2,048. Default 640: six decades with an error of 1.1 % at most. The SDK's own 160
   * give 4.3 % for five. More cost memory in the process and room in the table.
   */
  maxHistogramBuckets?: number | undefined;
  /**
   * Whether the labels `otel.scope.name` and `otel.scope.version` say which meter has recorded, as OpenTelemetry wants where
   * there is no place of its own for that. Default true.
   */
  scopeLabels?: boolean | undefined;
  /** The clock, in milliseconds since 1970. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** {@link MetricExporterOptions} with the defaults filled in. */
export interface ResolvedMetricExporterOptions {
  readonly serviceName: string | undefined;
  readonly redact: Redact | undefined;
  readonly exportTimeoutMs: number;
  readonly maxQueuedPoints: number;
  readonly maxSeriesPerMetric: number;
  readonly maxHistogramBuckets: number;
  readonly scopeLabels: boolean;
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
export function resolveMetricExporterOptions(
  options: MetricExporterOptions = {},
): ResolvedMetricExporterOptions {
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('options', options, 'an object, or nothing');
  }
  const { schema, logger, scopeLabels = true } = options;
  if (typeof scopeLabels !== 'boolean') {
    throw invalidOption('scopeLabels', scopeLabels, 'true or false; the default is true');
  }
  return Object.freeze({
    serviceName: resolveServiceName(options.serviceName),
    redact: resolveFunction('redact', options.redact),
    exportTimeoutMs: wholeNumber('exportTimeoutMs', options.exportTimeoutMs, 10_000, [1, MAX_DELAY_MS]),
    maxQueuedPoints: wholeNumber('maxQueuedPoints', options.maxQueuedPoints, 50_000, [1, 10_000_000]),
    maxSeriesPerMetric: wholeNumber('maxSeriesPerMetric', options.maxSeriesPerMetric, 2_000, [1, 1_000_000]),
    maxHistogramBuckets: wholeNumber('maxHistogramBuckets', options.maxHistogramBuckets, 640, [2, 2_048]),
    scopeLabels,
    now: resolveFunction('now', options.now) ?? Date.now,
    access: Object.freeze({ schema, logger }),
  });
}

function wholeNumber(
  name: string,
  value: unknown,
  fallback: number,
  [least, most]: [number, number],
): number {
  if (value === undefined) {
    return fallback;
  }
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
    return value;
  }
  throw invalidOption(name, value, `a whole number from ${least} to ${most}; the default is ${fallback}`);
}

function resolveServiceName(value: unknown): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (typeof value === 'string' && value !== '' && value.length <= 255) {
    return cleanText(value);
  }
  throw invalidOption('serviceName', value, 'text of 1 to 255 characters');
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
    `${name} of PostgreSQLMetricExporter is ${describeValue(got)}; expected ${expected}.`,
  );
}
