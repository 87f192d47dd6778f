-- What failed in the last hour, grouped by service, operation and message.
--   psql "$DATABASE_URL" -f sql/ops/failed_operations.sql
select
  service_name,
  operation_name,
  status_message,
  count(*) as times,
  max(start_time) as last_seen,
  (array_agg(trace_id order by start_time desc))[1] as last_trace_id
from observability.spans
where start_time >= now() - interval '1 hour' and status = 'ERROR'
group by service_name, operation_name, status_message
order by times desc
limit 50;
