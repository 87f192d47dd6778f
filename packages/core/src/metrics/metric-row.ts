import type { Exemplar } from './exemplars.ts';
import type { MetricType } from './metric.ts';

/** What a point holds besides the series it belongs to; named like the columns of observability.metrics. */
export interface PointValues {
  metric_value: number;
  sample_count: number;
  min: number | null;
  max: number | null;
  zero_count: number | null;
  bucket_scale: number | null;
  bucket_indexes: readonly number[] | null;
  bucket_counts: readonly number[] | null;
  negative_bucket_indexes: readonly number[] | null;
  negative_bucket_counts: readonly number[] | null;
  exemplars: readonly Exemplar[] | null;
  /** Upper bounds, where the buckets came with fixed ones; then there is one count more than bounds, and no scale. */
  explicit_bounds?: readonly number[] | null;
}

/** The columns that are the same for all points of a series. */
export interface SeriesColumns {
  metric_name: string;
  metric_type: MetricType;
  is_monotonic: boolean | null;
  /** `cumulative` for a gauge that is the balance of an up-down counter. */
  temporality: 'delta' | 'cumulative' | null;
  labels: Readonly<Record<string, string>>;
  unit: string | null;
  service_name: string | null;
  /** A bigint, so it travels as text. */
  resource_id: string | null;
}

/** A row of observability.metrics on its way to the database. */
export interface MetricRow extends PointValues, SeriesColumns {
  /** Epoch milliseconds. */
  recorded_at: number;
  /** Epoch milliseconds; null for a single observation. */
  start_time: number | null;
}

/** Point of a single observation. A counter has no smallest and largest value: its increments are not of interest. */
export function createObservedValues(type: MetricType, value: number): PointValues {
  const bound = type === 'counter' ? null : value;
  return createPlainValues(value, 1, bound, bound);
}

/** A point without buckets. Written out, for spreading an object of nulls into it takes 3 µs in place of 0.03. */
export function createPlainValues(
  value: number,
  sampleCount: number,
  min: number | null,
  max: number | null,
): PointValues {
  return {
    metric_value: value,
    sample_count: sampleCount,
    min,
    max,
    zero_count: null,
    bucket_scale: null,
    bucket_indexes: null,
    bucket_counts: null,
    negative_bucket_indexes: null,
    negative_bucket_counts: null,
    exemplars: null,
  };
}
