import type { MetricsCollector, SqlStore } from '@pg-observability/core';
import type { ReportSpan } from './trace-tree.ts';

/** The request metrics of one route. */
export interface RouteRow {
  service: string;
  method: string;
  route: string;
  status: string;
  count: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/** Reads the spans of the trace under which a correlation ID ran. */
export async function readTrace(
  store: SqlStore,
  correlationId: string,
): Promise<{ traceId: string; spans: ReportSpan[] }> {
  const { rows } = await store.query<Record<string, never>>(
    `select trace_id, span_id as "spanId", parent_span_id as "parentSpanId", service_name as service,
       operation_name as name, kind, status, (extract(epoch from start_time) * 1000)::float8 as "startMs",
       duration_ms::float8 as "durationMs"
     from observability.v_spans where correlation_id = $1::text`,
    [correlationId],
  );
  return { traceId: String(rows[0]?.['trace_id'] ?? ''), spans: rows as unknown as ReportSpan[] };
}

/** Requests counted so far, over all services and routes. */
export async function countRequests(store: SqlStore, service: string, since: Date): Promise<number> {
  const { rows } = await store.query<{ count: number }>(
    `select coalesce(sum(sample_count), 0)::float8 as count from observability.metrics
     where metric_name = 'http.server.request.duration' and service_name = $1::text and recorded_at >= $2::timestamptz`,
    [service, since.toISOString()],
  );
  return rows[0]?.count ?? 0;
}

/** Reads the request metrics per service and route, with percentiles in milliseconds. */
export async function readRoutes(
  store: SqlStore,
  metrics: MetricsCollector,
  since: Date,
): Promise<RouteRow[]> {
  const { rows } = await store.query<{ service: string; labels: Record<string, string>; count: number }>(
    `select service_name as service, labels, sum(sample_count)::float8 as count from observability.metrics
     where metric_name = 'http.server.request.duration' and recorded_at >= $1::timestamptz
     group by service_name, labels order by 1, 3 desc`,
    [since.toISOString()],
  );
  const hours = (Date.now() - since.getTime()) / 3_600_000;
  const milliseconds = async (
    percentile: number,
    where: { serviceName: string; labels: Record<string, string> },
  ): Promise<number | null> => {
    const seconds = await metrics.getPercentile('http.server.request.duration', percentile, {
      hours,
      ...where,
    });
    return seconds === null ? null : Math.round(seconds * 10_000) / 10;
  };
  return Promise.all(
    rows.map(async ({ service, labels, count }) => ({
      service,
      method: labels['http.request.method'] ?? '',
      route: labels['http.route'] ?? '',
      status: labels['http.response.status_code'] ?? '',
      count,
      p50: await milliseconds(0.5, { serviceName: service, labels }),
      p95: await milliseconds(0.95, { serviceName: service, labels }),
      p99: await milliseconds(0.99, { serviceName: service, labels }),
    })),
  );
}
