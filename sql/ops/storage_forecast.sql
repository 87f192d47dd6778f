-- How large each table is, how it grows, and how large it will be once retention drops as much as comes in.
--   psql "$DATABASE_URL" -f sql/ops/storage_forecast.sql
-- With a budget, the last line tells in how many days it is reached if nothing is dropped:
--   PGOPTIONS='-c observability.max_bytes=5000000000' psql "$DATABASE_URL" -f sql/ops/storage_forecast.sql
-- Other retention than the default: observability.spans_days, metrics_days, metric_minutes_days, metric_rollups_days.
with part as (
  select case when c.relname ~ '^(spans|metrics|metric_minutes|metric_hours)_p([0-9]{6}|[0-9]{8})$'
              then regexp_replace(c.relname, '_p[0-9]+$', '') else c.relname::text end as table_name,
         pg_total_relation_size(c.oid) as bytes,
         i.inhrelid is not null as is_partition,
         (regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$FROM \('([^']+)'\)$re$))[1]::timestamptz as first,
         (regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$TO \('([^']+)'\)$re$))[1]::timestamptz as past
  from pg_class c
  left join pg_inherits i on i.inhrelid = c.oid
  where c.relnamespace = 'observability'::regnamespace and c.relkind in ('r', 'm')
), growth as (
  -- Partitions of the last 31 days that have begun, over the time they have been filled since the installation.
  select table_name,
         sum(bytes) / greatest(1.0 / 24, extract(epoch from sum(least(past, now()) - greatest(first, installed_at))) / 86400)
           as bytes_per_day
  from part left join observability.schema_version on true
  where is_partition and first <= now() and past > greatest(now() - interval '31 days', installed_at)
  group by table_name
), kept as (
  select 'spans' as table_name, coalesce(nullif(current_setting('observability.spans_days', true), ''), '14')::integer + 1 as days
  union all
  select 'metrics', coalesce(nullif(current_setting('observability.metrics_days', true), ''), '31')::integer + 31
  union all
  select 'metric_minutes', coalesce(nullif(current_setting('observability.metric_minutes_days', true), ''), '14')::integer + 1
  union all
  select 'metric_hours', coalesce(nullif(current_setting('observability.metric_rollups_days', true), ''), '396')::integer + 31
), per_table as (
  select p.table_name, count(*) filter (where is_partition) as partitions, sum(p.bytes) as bytes,
         max(g.bytes_per_day) as bytes_per_day, max(g.bytes_per_day * k.days) as bytes_at_retention
  from part p left join growth g using (table_name) left join kept k using (table_name)
  group by p.table_name
)
select coalesce(table_name, 'all') as table_name,
       sum(partitions) as partitions,
       pg_size_pretty(sum(bytes)) as size,
       pg_size_pretty(round(sum(bytes_per_day))) as growth_per_day,
       pg_size_pretty(round(sum(coalesce(bytes_at_retention, bytes)))) as size_at_retention,
       case when grouping(table_name) = 1 and nullif(current_setting('observability.max_bytes', true), '') is not null
              and sum(bytes_per_day) > 0 then
         floor(greatest(0, (current_setting('observability.max_bytes', true)::numeric - sum(bytes)) / sum(bytes_per_day)))
       end as days_to_budget
from per_table
group by rollup (table_name)
order by grouping(per_table.table_name), 1;
