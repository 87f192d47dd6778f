import { defaultRedact, getCurrentInstance, ObservabilityError } from '@pg-observability/core';
import type { Redact } from '@pg-observability/core';
import { describeValue } from '../describe-value.ts';

/** What of a `MetricsCollector` is used. */
export interface DurationHistogram {
  histogram(
    name: string,
    value: number,
    labels?: Record<string, string | number>,
    options?: { unit?: string },
  ): void;
  /** Where it is there, it is asked once for each series, and told of the span of each statement. */
  bind?(
    name: string,
    type: 'histogram',
    labels?: Record<string, string | number>,
    options?: { unit?: string },
  ): DurationHandle;
}

/** A histogram with its labels bound. */
export interface DurationHandle {
  record(value: number, trace?: { traceId: string; spanId: string }): void;
}

/** Options of `createQuerySpanSubscriber` and `traceQueries`. */
export interface QuerySpanOptions {
  /**
   * Only makes a span when there is an active one to be its parent, so that a request or job is the root of each trace.
   * Default true; with false, statements outside of any span become traces of their own.
   */
  requireParent?: boolean;
  /**
   * Records the values of parameters as `db.query.parameter.0`, `.1` and so on, the first 50, each cut to 256 characters.
   * Default false: they are people's data. A value that belongs to a column such as `password` is masked.
   */
  recordParameters?: boolean;
  /** Masks parameters further; gets the name of the column where it can be seen in the text, else `db.query.parameter.0`. */
  redact?: Redact;
  /**
   * Where the duration of every statement goes, as the histogram `db.client.operation.duration` in seconds, whether it has a span,
   * is sampled, or neither. Default: to the instance whose request or job runs the statement, else to the process's default one;
   * false records none.
   */
  metrics?: DurationHistogram | false;
}

/** The options with every default filled in. */
export interface ResolvedQuerySpanOptions {
  readonly requireParent: boolean;
  readonly recordParameters: boolean;
  readonly redact: Redact;
  /** Asked for each statement; undefined where its duration is not wanted. */
  readonly metrics: () => DurationHistogram | undefined;
}

/**
 * Fills the defaults in.
 * @throws `INVALID_OPTION`
 */
export function resolveQuerySpanOptions(options: QuerySpanOptions): ResolvedQuerySpanOptions {
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('The options', options, 'an object such as { recordParameters: true }');
  }
  const { requireParent = true, recordParameters = false, redact, metrics } = options;
  if (typeof requireParent !== 'boolean') {
    throw invalidOption('requireParent', requireParent, 'true or false');
  }
  if (typeof recordParameters !== 'boolean') {
    throw invalidOption('recordParameters', recordParameters, 'true or false');
  }
  if (redact !== undefined && typeof redact !== 'function') {
    throw invalidOption('redact', redact, 'a function (key, value) => value');
  }
  return Object.freeze({
    requireParent,
    recordParameters,
    redact: withDefaults(redact),
    metrics: resolveMetrics(metrics),
  });
}

function resolveMetrics(metrics: DurationHistogram | false | undefined): ResolvedQuerySpanOptions['metrics'] {
  if (metrics === undefined) {
    return () => getCurrentInstance()?.metrics;
  }
  if (metrics === false) {
    return () => undefined;
  }
  if (typeof metrics?.histogram !== 'function') {
    throw invalidOption('metrics', metrics, 'false or a MetricsCollector, for example observability.metrics');
  }
  return () => metrics;
}

function withDefaults(redact: Redact | undefined): Redact {
  return redact === undefined ? defaultRedact : (key, value) => redact(key, defaultRedact(key, value));
}

function invalidOption(name: string, value: unknown, expected: string): ObservabilityError {
  return new ObservabilityError(
    'INVALID_OPTION',
    `${name} is ${describeValue(value)}; expected ${expected}.`,
  );
}
