-- Makes the partitions of the next 7 days of spans and sums by minute, and 2 months of metrics and sums by hour. The library does this by itself; run it from cron
-- where the applications may not (see roles.sql), as a member of the role that owns the tables.
--   psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f sql/ops/partitions_ahead.sql
-- Open writers are not waited for; where the table itself is locked it gives up after half a second: run it again.
do $partitions_ahead$
declare
  -- Without a time zone, and in UTC: days of the session's zone may have 23 or 25 hours.
  today constant timestamp := date_trunc('day', now() at time zone 'UTC');
  part record;
begin
  perform set_config('lock_timeout', '500ms', true);
  for part in
    select parent, format('%s_p%s', parent, to_char(day, 'YYYYMMDD')) as name, day as first, day + interval '1 day' as next
    from unnest(array['spans', 'metric_minutes']) parent,
      generate_series(today, today + interval '7 days', interval '1 day') day
    union all
    select parent, format('%s_p%s', parent, to_char(month, 'YYYYMM')), month, month + interval '1 month'
    from unnest(array['metrics', 'metric_hours']) parent,
      generate_series(date_trunc('month', today), date_trunc('month', today) + interval '2 months', interval '1 month') month
    order by first
  loop
    if to_regclass(format('observability.%I', part.name)) is null then
      execute format('create table observability.%I (like observability.%I including all)', part.name, part.parent);
      execute format('alter table observability.%I attach partition observability.%I for values from (%L) to (%L)',
        part.parent, part.name, part.first || '+00', part.next || '+00');
      raise notice 'made %', part.name;
    end if;
  end loop;
end
$partitions_ahead$;
