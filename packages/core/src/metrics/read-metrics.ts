import type { SqlRow, SqlRunner } from '../storage/sql-store.ts';
import { interpolatePercentile } from './interpolate-percentile.ts';
import type { PercentileParts } from './interpolate-percentile.ts';
import type { MetricPoint, MetricType } from './metric.ts';
import { selectMetricPoints, selectPercentiles } from './metrics.sql.ts';
import type { PointRange } from './query-arguments.ts';

/** The columns of a point, as every read of points selects them. */
export interface PointRow extends SqlRow {
  metric_name: string;
  metric_type: string;
  metric_value: number;
  recorded_at_ms: number;
  start_time_ms: number | null;
  labels: string;
  sample_count: number;
  min: number | null;
  max: number | null;
  unit: string | null;
  service_name: string | null;
}

interface PercentileRow extends SqlRow, PercentileParts {}

/** The newest `limit` points in the range, oldest first. */
export async function readMetricPoints(
  sql: SqlRunner,
  range: PointRange & { limit: number },
): Promise<MetricPoint[]> {
  const { name, from, to, labels, limit, serviceName } = range;
  const { rows } = await sql.query<PointRow>(selectMetricPoints, [
    name,
    from,
    to,
    labels,
    limit,
    serviceName,
  ]);
  return rows.map(pointRowToMetricPoint);
}

/** The percentiles over all points in the range, in the order of `fractions`; null where there are no points. */
export async function readPercentiles(
  sql: SqlRunner,
  range: PointRange & { fractions: readonly number[] },
): Promise<(number | null)[]> {
  const { name, from, to, labels, fractions, serviceName } = range;
  const values = [name, from, to, labels, JSON.stringify(fractions), serviceName];
  const { rows } = await sql.query<PercentileRow>(selectPercentiles, values);
  return fractions.map((fraction, position) => {
    const row = rows[position];
    return row === undefined ? null : interpolatePercentile(fraction, row);
  });
}

/** A row of `observability.metrics` as the API answers it. */
export function pointRowToMetricPoint(row: PointRow): MetricPoint {
  return {
    name: row.metric_name,
    metricType: row.metric_type as MetricType,
    value: row.metric_value,
    timestamp: new Date(row.recorded_at_ms),
    startTime: row.start_time_ms === null ? null : new Date(row.start_time_ms),
    labels: JSON.parse(row.labels) as Record<string, string>,
    sampleCount: row.sample_count,
    min: row.min,
    max: row.max,
    unit: row.unit,
    serviceName: row.service_name,
  };
}
