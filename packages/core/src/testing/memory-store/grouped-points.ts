import { bucketIndexToValue, BUCKET_SCALE } from '../../metrics/exponential-buckets.ts';
import type { MetricRow } from '../../metrics/metric-row.ts';
import { SERVICE_LABEL } from '../../metrics/reading/grouped-points.sql.ts';
import type { PercentilePartsRow } from '../../metrics/reading/read-percentile-parts.ts';
import type { SeriesSumsRow } from '../../metrics/reading/read-series.ts';

/** The points of a group in a step. */
export interface GroupedPoints {
  groupKey: string;
  slot: number;
  points: MetricRow[];
}

interface Weighted {
  value: number;
  weight: number;
}

/** The same as `selectGroupedPoints`, with the groups that have most observations. */
export function groupPoints(
  rows: readonly MetricRow[],
  { groupBy, stepMs, limit }: { groupBy: readonly string[]; stepMs: number | null; limit: number },
): GroupedPoints[] {
  const groups = new Map<string, GroupedPoints>();
  const weights = new Map<string, number>();
  for (const row of rows) {
    const groupKey = JSON.stringify(groupBy.map((label) => valueOfLabel(row, label)));
    const slot = stepMs === null ? 0 : Math.floor(row.recorded_at / stepMs);
    const key = `${groupKey} ${slot}`;
    const group = groups.get(key) ?? { groupKey, slot, points: [] };
    group.points.push(row);
    groups.set(key, group);
    weights.set(groupKey, (weights.get(groupKey) ?? 0) + row.sample_count);
  }
  const chosen = [...weights]
    .toSorted((left, right) => right[1] - left[1])
    .slice(0, limit)
    .map(([groupKey]) => groupKey);
  return [...groups.values()].filter(({ groupKey }) => chosen.includes(groupKey));
}

function valueOfLabel(row: MetricRow, label: string): string | null {
  const value = Object.hasOwn(row.labels, label) ? (row.labels[label] ?? null) : null;
  return label === SERVICE_LABEL ? (row.service_name ?? value) : value;
}

/** The same as `selectPercentileParts`: all values with their weights in order, and which of them is the n-th. */
export function toPercentileParts(
  { groupKey, slot, points }: GroupedPoints,
  fractions: readonly number[],
): PercentilePartsRow[] {
  const ranked = toObservations(points).sort((a, b) => a.value - b.value);
  let upto = 0;
  const steps = ranked.map(({ value, weight }) => ({ value, upto: (upto += weight) }));
  const valueAt = (position: number): number | null =>
    steps.find((step) => step.upto > position)?.value ?? null;
  const base = 2 ** (2 ** -coarsestScale(points));
  return fractions.map((fraction, place) => {
    const rank = fraction * (upto - 1);
    return {
      group_key: groupKey,
      slot,
      total: upto,
      ...endsOf(points),
      exact: points.every((row) => row.bucket_scale === null),
      relative_error: (base - 1) / (base + 1),
      position: place + 1,
      is_short: false,
      lower: valueAt(Math.floor(rank)),
      upper: valueAt(Math.ceil(rank)),
    };
  });
}

/** The same as `selectSeriesSums`. */
export function toSeriesSums({ groupKey, slot, points }: GroupedPoints): SeriesSumsRow {
  const gauges = points.filter((row) => row.metric_type === 'gauge');
  const others = points.filter((row) => row.metric_type !== 'gauge');
  const total = (rows: readonly MetricRow[], of: (row: MetricRow) => number): number =>
    rows.reduce((sum, row) => sum + of(row), 0);
  const bySeries = new Map<string, number[]>();
  for (const row of gauges) {
    const key = JSON.stringify([
      row.service_name,
      Object.entries(row.labels).toSorted(([left], [right]) => (left < right ? -1 : 1)),
    ]);
    bySeries.set(key, [...(bySeries.get(key) ?? []), row.metric_value]);
  }
  const averages = [...bySeries.values()].map(
    (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  );
  const weight = gauges.length + total(others, (row) => row.sample_count);
  const measured = endsOf(points.filter((row) => row.metric_type !== 'counter'));
  return {
    group_key: groupKey,
    slot,
    grown:
      others.length === 0
        ? null
        : total(others, (row) => (row.metric_type === 'counter' ? row.metric_value : row.sample_count)),
    sum: total(others, (row) => row.metric_value) + averages.reduce((sum, value) => sum + value, 0),
    count: total(points, (row) => row.sample_count),
    avg: weight === 0 ? null : total(points, (row) => row.metric_value) / weight,
    min: measured.smallest,
    max: measured.largest,
  };
}

function endsOf(points: readonly MetricRow[]): { smallest: number | null; largest: number | null } {
  const ends = points.map((row) => [row.min ?? row.metric_value, row.max ?? row.metric_value] as const);
  return ends.length === 0
    ? { smallest: null, largest: null }
    : {
        smallest: Math.min(...ends.map(([least]) => least)),
        largest: Math.max(...ends.map(([, most]) => most)),
      };
}

function coarsestScale(points: readonly MetricRow[]): number {
  return Math.min(BUCKET_SCALE, ...points.flatMap((row) => row.bucket_scale ?? []));
}

function toObservations(points: readonly MetricRow[]): Weighted[] {
  const coarsest = coarsestScale(points);
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
