const timeoutMs = 10_000;

/** Reads what an application has stored, through its own store. */
export function createStoredRows(observability) {
  const { store, serviceName } = observability;
  const read = async (text, values) => {
    // A client has its answer before the server has closed the response.
    await observability.http.untilIdle(timeoutMs);
    await observability.flush(timeoutMs);
    return (await store.query(text, values)).rows;
  };
  return {
    spansOf: (traceId) =>
      read(
        `select operation_name as name, kind, status, coalesce(correlation_id, trace_id) as correlation_id,
                attributes ->> 'http.route' as route, (attributes ->> 'http.response.status_code')::int as status_code,
                attributes ->> 'db.collection.name' as collection
           from observability.spans where service_name = $1::text and trace_id = $2::text
          order by start_time, parent_span_id nulls first`,
        [serviceName, traceId],
      ),
    requests: () =>
      read(
        `select labels ->> 'http.route' as route, (labels ->> 'http.response.status_code')::int as status_code,
                sum(sample_count)::int as count
           from observability.metrics
          where service_name = $1::text and metric_name = 'http.server.request.duration'
          group by 1, 2 order by 1, 2`,
        [serviceName],
      ),
    counted: (name) =>
      read(
        `select sum(metric_value)::float8 as total
           from observability.metrics where service_name = $1::text and metric_name = $2::text`,
        [serviceName, name],
      ).then(([first]) => first.total),
    orders: () => read('select sku from orders order by id'),
    history: (workflowId) =>
      read(
        `select to_phase as phase from observability.workflow_transitions
          where workflow_id = $1::text::uuid order by version`,
        [workflowId],
      ),
  };
}
