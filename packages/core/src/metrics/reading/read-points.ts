import type { SqlRow, SqlRunner } from '../../storage/sql-store.ts';
import type { MetricPoint, MetricType } from '../metric.ts';
import { selectMetricPoints } from './points-in-range.sql.ts';
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
