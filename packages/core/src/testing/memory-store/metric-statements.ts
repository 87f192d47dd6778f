import { bucketIndexToValue } from '../../metrics/exponential-buckets.ts';
import type { PercentileParts } from '../../metrics/interpolate-percentile.ts';
import type { MetricRow } from '../../metrics/metric-row.ts';
import { selectMetricPoints, selectPercentiles } from '../../metrics/metrics.sql.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import { selectRecordedMetrics } from '../recorded.sql.ts';
import type { MemoryStatement, MemoryTables } from './memory-tables.ts';

/** What the statements of `metrics.sql.ts` do. */
export const metricStatements: readonly (readonly [text: string, run: MemoryStatement])[] = [
  [selectMetricPoints, selectPoints],
  [selectPercentiles, percentiles],
  [selectRecordedMetrics, selectSince],
];

interface Weighted {
  value: number;
  weight: number;
}

function selectPoints(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const limit = values[4] as number;
  const matching = findMatching(tables, values).sort((a, b) => a.recorded_at - b.recorded_at);
  return matching.slice(Math.max(0, matching.length - limit)).map(toPoint);
}

function selectSince(tables: MemoryTables, [since]: readonly unknown[]): SqlRow[] {
  const points = tables.metrics.map((row, index) => ({ row, row_id: `metric ${index}` }));
  return points
    .filter(({ row }) => row.recorded_at >= (since as number))
    .sort((a, b) => a.row.recorded_at - b.row.recorded_at)
    .map(({ row, row_id }) => ({ ...toPoint(row), row_id }));
}

function toPoint(row: MetricRow): SqlRow {
  return {
    metric_name: row.metric_name,
    metric_type: row.metric_type,
    metric_value: row.metric_value,
    recorded_at_ms: row.recorded_at,
    start_time_ms: row.start_time,
    labels: JSON.stringify(row.labels),
    sample_count: row.sample_count,
    min: row.min,
    max: row.max,
    unit: row.unit,
    service_name: row.service_name,
  };
}

function findMatching(tables: MemoryTables, values: readonly unknown[]): MetricRow[] {
  const [name, from, to, labels, , service] = values as readonly [
    string,
    number,
    number,
    string,
    unknown,
    string | null,
  ];
  const wanted = Object.entries(JSON.parse(labels) as Record<string, string>);
  return tables.metrics.filter(
    (row) =>
      row.metric_name === name &&
      row.recorded_at >= from &&
      row.recorded_at <= to &&
      wanted.every(([key, value]) => Object.hasOwn(row.labels, key) && row.labels[key] === value) &&
      (service === null || row.service_name === service),
  );
}

/** The same as `selectPercentiles`: all values with their weights in order, and which of them is the n-th. */
function percentiles(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const points = findMatching(tables, values);
  const ranked = toObservations(points).sort((a, b) => a.value - b.value);
  let upto = 0;
  const steps = ranked.map(({ value, weight }) => ({ value, upto: (upto += weight) }));
  const total = steps.length === 0 ? null : upto;
  const ends = points.map((row) =>
    row.bucket_scale === null ? [row.metric_value, row.metric_value] : [row.min ?? 0, row.max ?? 0],
  );
  const valueAt = (position: number): number | null =>
    steps.find((step) => step.upto > position)?.value ?? null;
  return (JSON.parse(values[4] as string) as number[]).map((fraction): SqlRow & PercentileParts => {
    const rank = fraction * ((total ?? 0) - 1);
    return {
      total,
      smallest: ends.length === 0 ? null : Math.min(...ends.map(([least = 0]) => least)),
      largest: ends.length === 0 ? null : Math.max(...ends.map(([, most = 0]) => most)),
      lower: valueAt(Math.floor(rank)),
      upper: valueAt(Math.ceil(rank)),
    };
  });
}

function toObservations(points: readonly MetricRow[]): Weighted[] {
  const scales = points.flatMap((row) => row.bucket_scale ?? []);
  const coarsest = Math.min(...scales);
  const zeros = points.reduce((sum, row) => sum + (row.zero_count ?? 0), 0);
  return [
    ...points
      .filter((row) => row.bucket_scale === null)
      .map((row) => ({ value: row.metric_value, weight: 1 })),
    ...(zeros > 0 ? [{ value: 0, weight: zeros }] : []),
    ...points.flatMap((row) => [
      ...bucketsOf(row, row.bucket_indexes, row.bucket_counts, coarsest, 1),
      ...bucketsOf(row, row.negative_bucket_indexes, row.negative_bucket_counts, coarsest, -1),
    ]),
  ];
}

function bucketsOf(
  row: MetricRow,
  indexes: readonly number[] | null,
  counts: readonly number[] | null,
  coarsest: number,
  sign: number,
): Weighted[] {
  const { bucket_scale: scale } = row;
  if (scale === null || indexes === null) {
    return [];
  }
  return indexes.map((index, position) => ({
    value: sign * bucketIndexToValue(index >> (scale - coarsest), coarsest),
    weight: counts?.[position] ?? 0,
  }));
}
