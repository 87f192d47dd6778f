import { EntitySchema } from 'typeorm';
import { readOnlyColumn } from './read-only-column.ts';

/** A row of `observability.metrics`. */
export interface StoredMetric {
  /** Running number, as text, because a JavaScript number cannot hold every bigint. */
  readonly id: string;
  readonly metricName: string;
  /** `counter`, `gauge` or `histogram`. */
  readonly metricType: string;
  /** The observation, the growth in the window (counter), the last value (gauge) or the sum (histogram). */
  readonly metricValue: number;
  /** When it was observed, or the end of the window the point sums up. */
  readonly recordedAt: Date;
  /** Start of that window; null for a single observation. */
  readonly startTime: Date | null;
  readonly min: number | null;
  readonly max: number | null;
  /** How many observations the point holds, as text. */
  readonly sampleCount: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceName: string | null;
  /** UCUM unit, for example `s`, `By` or `{request}`. */
  readonly unit: string | null;
  /** `delta` or `cumulative`; null for a gauge. */
  readonly temporality: string | null;
  readonly isMonotonic: boolean | null;
  /** Histogram: the base of its buckets is 2^(2^-scale). */
  readonly bucketScale: number | null;
  /** Histogram: bucket i holds the values in (base^i, base^(i+1)]. */
  readonly bucketIndexes: readonly number[] | null;
  /** Histogram: counts in the order of `bucketIndexes`, as text. */
  readonly bucketCounts: readonly string[] | null;
  /** Histogram: observations equal to zero, as text. */
  readonly zeroCount: string | null;
}

/**
 * The stored metric points, to read. For percentiles use `metrics.getPercentile`, which merges the buckets.
 * @example `await dataSource.getRepository(MetricEntity).findBy({ metricName: 'orders.placed', recordedAt: MoreThan(since) });`
 */
export const MetricEntity: EntitySchema<StoredMetric> = new EntitySchema<StoredMetric>({
  name: 'ObservabilityMetric',
  schema: 'observability',
  tableName: 'metrics',
  synchronize: false,
  columns: {
    metricName: readOnlyColumn('text', 'metric_name', { primary: true }),
    recordedAt: readOnlyColumn('timestamptz', 'recorded_at', { primary: true }),
    id: readOnlyColumn('bigint', 'id', { primary: true }),
    metricType: readOnlyColumn('text', 'metric_type'),
    metricValue: readOnlyColumn('double precision', 'metric_value'),
    startTime: readOnlyColumn('timestamptz', 'start_time', { nullable: true }),
    min: readOnlyColumn('double precision', 'min', { nullable: true }),
    max: readOnlyColumn('double precision', 'max', { nullable: true }),
    sampleCount: readOnlyColumn('bigint', 'sample_count'),
    labels: readOnlyColumn('jsonb', 'labels'),
    serviceName: readOnlyColumn('text', 'service_name', { nullable: true }),
    unit: readOnlyColumn('text', 'unit', { nullable: true }),
    temporality: readOnlyColumn('text', 'temporality', { nullable: true }),
    isMonotonic: readOnlyColumn('boolean', 'is_monotonic', { nullable: true }),
    bucketScale: readOnlyColumn('smallint', 'bucket_scale', { nullable: true }),
    bucketIndexes: readOnlyColumn('integer', 'bucket_indexes', { nullable: true, array: true }),
    bucketCounts: readOnlyColumn('bigint', 'bucket_counts', { nullable: true, array: true }),
    zeroCount: readOnlyColumn('bigint', 'zero_count', { nullable: true }),
  },
});
