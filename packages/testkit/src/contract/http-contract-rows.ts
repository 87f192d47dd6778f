import { ensureObservabilityTables, type Observability, type SqlRow } from '@pg-observability/core';

/** A span as it is stored. */
export interface StoredSpan extends SqlRow {
  trace_id: string;
  span_id: string;
  parent_span_id: string | null;
  parent_is_remote: boolean | null;
  operation_name: string;
  kind: string;
  status: string;
  correlation_id: string | null;
  trace_state: string | null;
  attributes: Record<string, unknown>;
  /** Class and message of the exceptions that were recorded. */
  exceptions: { type: string; message: string }[];
}

/** The points of `http.server.request.duration` with equal labels, taken together. */
export interface StoredRequestMetric extends SqlRow {
  labels: Record<string, string>;
  requests: number;
  seconds: number;
  unit: string;
}

/** What an application has stored. */
export interface HttpRows {
  /** All spans; those of one millisecond in no order, but a parent before its children. */
  spans(): Promise<StoredSpan[]>;
  /** The only span there is. */
  span(): Promise<StoredSpan>;
  requests(): Promise<StoredRequestMetric[]>;
}

const TIMEOUT_MS = 10_000;

/** Reads the rows of one service through its own store. */
export function createHttpRows(observability: Observability): HttpRows {
  const { store, serviceName } = observability;
  const settle = async (): Promise<void> => {
    // A client has its answer before the server has closed the response.
    if (!(await observability.http.untilIdle(TIMEOUT_MS))) {
      throw new Error(`requests are still in flight after ${TIMEOUT_MS} ms: ${observability.http.inFlight}`);
    }
    // Where nothing was recorded nobody has waited for the tables.
    await ensureObservabilityTables(store);
    await observability.flush(TIMEOUT_MS);
  };
  const spans = async (): Promise<StoredSpan[]> => {
    await settle();
    const { rows } = await store.query<StoredSpan>(
      `select trace_id, span_id, parent_span_id, parent_is_remote, operation_name, kind, status, correlation_id, trace_state,
         attributes,
         coalesce((
           select jsonb_agg(jsonb_build_object(
             'type', e -> 'attributes' ->> 'exception.type', 'message', e -> 'attributes' ->> 'exception.message'))
           from jsonb_array_elements(events) as e where e ->> 'name' = 'exception'), '[]') as exceptions
       from observability.spans where service_name = $1 order by start_time, parent_span_id nulls first, span_id`,
      [serviceName],
    );
    return rows;
  };
  const span = async (): Promise<StoredSpan> => {
    const [first, ...others] = await spans();
    if (first === undefined || others.length > 0) {
      throw new Error(`expected one span, got ${first === undefined ? 0 : others.length + 1}`);
    }
    return first;
  };
  const requests = async (): Promise<StoredRequestMetric[]> => {
    await settle();
    const { rows } = await store.query<StoredRequestMetric>(
      `select labels, sum(sample_count)::int as requests, sum(metric_value)::float8 as seconds, min(unit) as unit
       from observability.metrics where service_name = $1 and metric_name = 'http.server.request.duration'
       group by labels order by labels::text`,
      [serviceName],
    );
    return rows;
  };
  return { spans, span, requests };
}
