// What the finders read, on the memory store and on a database alike. Times and JSON leave as numbers and text, because
// drivers can be told to parse both in their own way.

/** The spans that ended since a moment, in the order they began. $1 epoch milliseconds */
export const selectRecordedSpans: string = `
  select s.trace_id || s.span_id as row_id, s.operation_name, s.kind, s.status, s.status_message, s.trace_id::text, s.span_id::text, s.parent_span_id::text,
    s.service_name, s.correlation_id::text, (extract(epoch from s.start_time) * 1000)::float8 as start_ms,
    (s.duration_ns / 1e6)::float8 as duration_ms, s.attributes::text, coalesce(s.events, '[]'::jsonb)::text as events
  from observability.spans s
  where s.end_time >= to_timestamp($1::float8 / 1000)
  order by s.start_time, s.end_time desc`;

/** The points recorded since a moment, oldest first. $1 epoch milliseconds */
export const selectRecordedMetrics: string = `
  select m.id::text as row_id, m.metric_name, m.metric_type, m.metric_value, (extract(epoch from m.recorded_at) * 1000)::float8 as recorded_at_ms,
    (extract(epoch from m.start_time) * 1000)::float8 as start_time_ms, m.labels::text, m.sample_count::float8 as sample_count,
    m.min, m.max, m.unit, m.service_name
  from observability.metrics m
  where m.recorded_at >= to_timestamp($1::float8 / 1000)
  order by m.recorded_at, m.id`;
