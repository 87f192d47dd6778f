import type { Observability } from '@pg-observability/core';

export interface StoredEntrance {
  name: string;
  kind: string;
  status: string;
  attributes: Record<string, unknown>;
  trace_id: string;
  span_id: string;
  parent: string | null;
  correlation_id: string;
  exception: string | null;
}

/** The spans of an instance in the order they began. */
export async function storedEntrances(
  observability: Pick<Observability, 'store' | 'serviceName' | 'flush'>,
): Promise<StoredEntrance[]> {
  await observability.flush();
  const { rows } = await observability.store.query(
    `select operation_name as name, kind, status, attributes, trace_id, span_id, parent_span_id as parent,
            coalesce(correlation_id, trace_id) as correlation_id,
            events->0->'attributes'->>'exception.type' as exception
       from observability.spans where service_name = $1::text order by start_time, duration_ns desc`,
    [observability.serviceName],
  );
  return rows as unknown as StoredEntrance[];
}

/** How often a metric of an instance was recorded, by labels. */
export async function storedCounts(
  observability: Pick<Observability, 'store' | 'serviceName' | 'flush'>,
  name: string,
): Promise<Record<string, unknown>[]> {
  await observability.flush();
  const { rows } = await observability.store.query(
    `select labels, sum(sample_count)::int as count from observability.metrics
      where service_name = $1::text and metric_name = $2::text group by labels order by labels::text`,
    [observability.serviceName, name],
  );
  return rows;
}
