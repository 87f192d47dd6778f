-- The 20 slowest traces of the last hour, by their longest span.
--   psql "$DATABASE_URL" -f sql/ops/slowest_traces.sql
select
  trace_id,
  min(start_time) as started_at,
  round((max(duration_ns) / 1e6)::numeric, 1) as longest_ms,
  count(*) as spans,
  count(*) filter (where status = 'ERROR') as errors,
  (array_agg(service_name || ' ' || operation_name order by duration_ns desc))[1] as longest_span
from observability.spans
where start_time >= now() - interval '1 hour'
group by trace_id
order by max(duration_ns) desc
limit 20;
