import { ObservabilityError } from '../errors/observability-error.ts';
import type { PartitionedTable } from '../storage/partition-bounds.ts';

/** How long telemetry is kept, and how large it may grow. */
export interface RetentionOptions {
  /** Days spans are kept. Default 14. */
  spansDays?: number | undefined;
  /** Days metric points are kept; a month is dropped once all of it is older. Default 31. */
  metricsDays?: number | undefined;
  /** Days sums of metrics by minute are kept. Default 14. */
  metricMinutesDays?: number | undefined;
  /** Days sums of metrics by hour and by day are kept. Default 396, 13 months. */
  metricRollupsDays?: number | undefined;
  /** Days resolved alerts and changes of health are kept. Open alerts stay. Default 365. */
  alertsDays?: number | undefined;
  /** Days it is kept what receivers were told of alerts. Default 31. */
  notificationsDays?: number | undefined;
  /** Days groups of errors are kept after they were last seen. What is ignored stays. Default 90. */
  errorsDays?: number | undefined;
  /**
   * Days workflows are kept after they finished, with their transitions. Running ones stay, and so do their children and
   * parents. Default 365.
   */
  workflowsDays?: number | undefined;
  /**
   * Bytes everything may take on disk, indexes included, for example `5_000_000_000`. Over it the oldest partitions of
   * spans, points and sums by minute go first, then those of sums by hour, never the current ones. Default: no limit.
   */
  maxBytes?: number | undefined;
}

/** {@link RetentionOptions} with every default filled in. */
export interface Retention {
  readonly spansDays: number;
  readonly metricsDays: number;
  readonly metricMinutesDays: number;
  readonly metricRollupsDays: number;
  readonly alertsDays: number;
  readonly notificationsDays: number;
  readonly errorsDays: number;
  readonly workflowsDays: number;
  /** Null for no limit. */
  readonly maxBytes: number | null;
}

/**
 * Days the IDs of stored batches are kept. A batch may wait on disk for 7 days; one that comes back must find its ID, or it
 * would be stored twice.
 */
export const LEDGER_DAYS = 8;

const DEFAULTS: Retention = Object.freeze({
  spansDays: 14,
  metricsDays: 31,
  metricMinutesDays: 14,
  metricRollupsDays: 396,
  alertsDays: 365,
  notificationsDays: 31,
  errorsDays: 90,
  workflowsDays: 365,
  maxBytes: null,
});

// A century; whoever wants to keep things for ever means this.
const MAX_DAYS = 36_500;

// Less holds nothing but the empty tables; `5` was meant as gigabytes.
const LEAST_MAX_BYTES = 10_000_000;

/**
 * Checks the options and fills the defaults in.
 * @throws `INVALID_OPTION` with what came and what is expected
 */
export function resolveRetention(options: RetentionOptions | undefined): Retention {
  if (options === undefined) {
    return DEFAULTS;
  }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('retention', options, 'an object such as { spansDays: 14, maxBytes: 5_000_000_000 }');
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(DEFAULTS, name));
  if (unknown !== undefined) {
    throw invalid('a key of retention', unknown, Object.keys(DEFAULTS).join(', '));
  }
  return Object.freeze({
    spansDays: days('spansDays', options.spansDays),
    metricsDays: days('metricsDays', options.metricsDays),
    metricMinutesDays: days('metricMinutesDays', options.metricMinutesDays),
    metricRollupsDays: days('metricRollupsDays', options.metricRollupsDays),
    alertsDays: days('alertsDays', options.alertsDays),
    notificationsDays: days('notificationsDays', options.notificationsDays),
    errorsDays: days('errorsDays', options.errorsDays),
    workflowsDays: days('workflowsDays', options.workflowsDays),
    maxBytes: maxBytes(options.maxBytes),
  });
}

/** Days the rows of a partitioned table are kept. */
export function keptDays(table: PartitionedTable, retention: Retention): number {
  return {
    spans: retention.spansDays,
    metrics: retention.metricsDays,
    metric_minutes: retention.metricMinutesDays,
    metric_hours: retention.metricRollupsDays,
  }[table];
}

function days(name: Exclude<keyof Retention, 'maxBytes'>, value: unknown): number {
  if (value === undefined) {
    return DEFAULTS[name];
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > MAX_DAYS) {
    const expected = `a whole number of days from 1 to ${MAX_DAYS}. The default is ${DEFAULTS[name]}`;
    throw invalid(`retention.${name}`, value, expected);
  }
  return value;
}

function maxBytes(value: unknown): number | null {
  if (value === undefined) {
    return null;
  }
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < LEAST_MAX_BYTES) {
    throw invalid(
      'retention.maxBytes',
      value,
      `a whole number of bytes from ${LEAST_MAX_BYTES}; 5 GB are 5_000_000_000`,
    );
  }
  return value;
}

function invalid(name: string, got: unknown, expected: string): ObservabilityError {
  const shown = typeof got === 'object' && got !== null ? 'an object' : String(got).slice(0, 40);
  return new ObservabilityError('INVALID_OPTION', `${name} is ${shown}; expected ${expected}.`);
}
