import type { Observability } from '@pg-observability/core';

export interface StoredSpan {
  name: string;
  route: string | null;
  status_code: number | null;
  status: string;
  error: string | null;
  correlation_id: string;
}

/** The server spans of an instance, oldest first, as they are in the database. */
export async function storedServerSpans(observability: FlushableInstance): Promise<StoredSpan[]> {
  await observability.flush();
  const { rows } = await observability.store.query(
    `select operation_name as name, attributes->>'http.route' as route, status,
            (attributes->>'http.response.status_code')::int as status_code,
            events->0->'attributes'->>'exception.message' as error,
            coalesce(correlation_id, trace_id) as correlation_id
       from observability.spans where service_name = $1::text and kind = 'SERVER' order by start_time`,
    [observability.serviceName],
  );
  return rows as unknown as StoredSpan[];
}

export interface StoredDuration {
  route: string;
  status_code: string;
  count: number;
}

/** How many requests the duration metric of an instance has counted, by route and status. */
export async function storedDurations(observability: FlushableInstance): Promise<StoredDuration[]> {
  await observability.flush();
  const { rows } = await observability.store.query(
    `select labels->>'http.route' as route, labels->>'http.response.status_code' as status_code,
            sum(sample_count)::int as count
       from observability.metrics where service_name = $1::text and metric_name = 'http.server.request.duration'
      group by 1, 2 order by 1, 2`,
    [observability.serviceName],
  );
  return rows as unknown as StoredDuration[];
}

type FlushableInstance = Pick<Observability, 'store' | 'serviceName' | 'flush'>;
