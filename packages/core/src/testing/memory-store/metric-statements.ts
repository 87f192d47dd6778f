import type { MetricRow } from '../../metrics/metric-row.ts';
import { selectPercentileParts } from '../../metrics/reading/percentiles.sql.ts';
import { selectMetricPoints } from '../../metrics/reading/points-in-range.sql.ts';
import { selectSeriesSums } from '../../metrics/reading/series-sums.sql.ts';
import { selectSourceState } from '../../metrics/reading/source-state.sql.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import { selectRecordedMetrics } from '../recorded.sql.ts';
import { groupPoints, toPercentileParts, toSeriesSums } from './grouped-points.ts';
import type { GroupedPoints } from './grouped-points.ts';
import type { MemoryStatement, MemoryTables } from './memory-tables.ts';

/** What the statements over metrics do. Nothing is summed up in memory, so points are the only source there is. */
export const metricStatements: readonly (readonly [text: string, run: MemoryStatement])[] = [
  [selectMetricPoints, selectPoints],
  [selectSourceState, selectState],
  [selectPercentileParts(['points']), selectPercentiles],
  [selectPercentileParts(['points'], { isOne: true }), selectPercentiles],
  [selectPercentileParts(['points'], { isOne: true, sampledSource: 0 }), selectPercentiles],
  [selectSeriesSums(['points']), selectSums],
  [selectRecordedMetrics, selectSince],
];

function selectPoints(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [name, from, to, labels, limit, service] = values as [
    string,
    number,
    number,
    string,
    number,
    string | null,
  ];
  const matching = findPoints(tables, { name, from, to, labels, service }).sort(
    (a, b) => a.recorded_at - b.recorded_at,
  );
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

function selectState(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [name, from, to] = values as [string, number, number];
  const points = findPoints(tables, { name, from, to, labels: '{}', service: null });
  return [
    {
      now_ms: Date.now(),
      points_from_ms: 0,
      minutes_from_ms: 0,
      summed_to_ms: 0,
      dirty_minute_ms: null,
      pending_hour_ms: null,
      pending_day_ms: null,
      is_single: points.length > 0 && points.every((row) => row.bucket_scale === null),
    },
  ];
}

/** What the statements of `grouped-points.sql.ts` are given, with the one segment there is. */
function toGroupedPoints(tables: MemoryTables, values: readonly unknown[]): GroupedPoints[] {
  const [name, labels, service, groupBy, stepMs, , limit, from, to] = values as [
    string,
    string,
    string | null,
    string,
    number | null,
    unknown,
    number,
    number,
    number,
  ];
  const points = findPoints(tables, { name, from, to: to - 1, labels, service });
  return groupPoints(points, { groupBy: JSON.parse(groupBy) as string[], stepMs, limit });
}

function selectPercentiles(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const { fractions } = JSON.parse(values[5] as string) as { fractions: number[] };
  return toGroupedPoints(tables, values).flatMap((group) => toPercentileParts(group, fractions));
}

function selectSums(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  return toGroupedPoints(tables, values).map(toSeriesSums);
}

interface PointFilter {
  name: string;
  from: number;
  to: number;
  labels: string;
  service: string | null;
}

function findPoints(tables: MemoryTables, { name, from, to, labels, service }: PointFilter): MetricRow[] {
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
