-- Drops partitions of spans, metrics and their sums that are past retention, and deletes old workflows, alerts, what was
-- told of them, groups of errors, changes of health and batch IDs. The library does this by itself; run it where housekeeping is switched off, as a member of the role that owns the
-- tables.
--   psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f sql/ops/prune.sql
-- Other retention than the default is given as settings:
--   PGOPTIONS='-c observability.spans_days=7 -c observability.max_bytes=5000000000' psql "$DATABASE_URL" -f sql/ops/prune.sql
-- Not with psql -1: it commits after each partition and each batch. A partition that is in use is skipped after half a second,
-- during which new queries of its table wait; run it again. (The library detaches concurrently, which makes nobody wait.)
do $prune$
declare
  spans_days constant integer := coalesce(nullif(current_setting('observability.spans_days', true), ''), '14');
  metrics_days constant integer := coalesce(nullif(current_setting('observability.metrics_days', true), ''), '31');
  minutes_days constant integer := coalesce(nullif(current_setting('observability.metric_minutes_days', true), ''), '14');
  rollups_days constant integer := coalesce(nullif(current_setting('observability.metric_rollups_days', true), ''), '396');
  alerts_days constant integer := coalesce(nullif(current_setting('observability.alerts_days', true), ''), '365');
  notifications_days constant integer := coalesce(nullif(current_setting('observability.notifications_days', true), ''), '31');
  errors_days constant integer := coalesce(nullif(current_setting('observability.errors_days', true), ''), '90');
  workflows_days constant integer := coalesce(nullif(current_setting('observability.workflows_days', true), ''), '365');
  max_bytes constant bigint := nullif(current_setting('observability.max_bytes', true), '');
  -- IDs of batches outlive the 7 days a batch may wait on disk.
  ledger_days constant integer := 8;
  total_bytes bigint;
  part record;
  statement text;
  deleted integer;
begin
  select sum(pg_total_relation_size(oid)) into total_bytes
  from pg_class where relnamespace = 'observability'::regnamespace and relkind in ('r', 'm');
  for part in
    select p.*, pg_total_relation_size(p.oid) as bytes,
      p.past <= now() - make_interval(hours => 24 * case p.parent when 'spans' then spans_days when 'metrics' then metrics_days
        when 'metric_minutes' then minutes_days else rollups_days end) as is_old
    from (
      select c.oid, c.relname as name, regexp_replace(c.relname, '_p[0-9]+$', '') as parent,
        (regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$TO \('([^']+)'\)$re$))[1]::timestamptz as past
      from pg_class c join pg_inherits i on i.inhrelid = c.oid
      where c.relnamespace = 'observability'::regnamespace and c.relkind = 'r'
        and c.relname ~ '^(spans_p[0-9]{8}|metrics_p[0-9]{6}|metric_minutes_p[0-9]{8}|metric_hours_p[0-9]{6})$'
    ) p
    where p.past <= now()
    -- Sums by hour go last: they are small, and what people look back on.
    order by p.parent = 'metric_hours', p.past, p.name
  loop
    if part.is_old or total_bytes > max_bytes then
      begin
        perform set_config('lock_timeout', '500ms', true);
        -- Readers look into sums from now on.
        update observability.metric_rollup_state set points_from = greatest(points_from, part.past) where part.parent = 'metrics';
        update observability.metric_rollup_state set minutes_from = greatest(minutes_from, part.past)
        where part.parent = 'metric_minutes';
        execute format('drop table observability.%I', part.name);
        total_bytes := total_bytes - part.bytes;
        raise notice 'dropped %', part.name;
      exception when lock_not_available then
        raise notice '% is in use, run this again', part.name;
      end;
      commit;
    end if;
  end loop;
  if total_bytes > max_bytes then
    raise warning 'still % bytes over the budget: only the current day and month are left', total_bytes - max_bytes;
  end if;

  foreach statement in array array[
    format($sql$with gone as (
      delete from observability.workflow_state where workflow_id in (
        select w.workflow_id from observability.workflow_state w
        where w.status in ('completed', 'failed', 'cancelled')
          and w.created_at < now() - interval '%1$s hours' and w.finished_at < now() - interval '%1$s hours'
          -- What belongs to something unfinished stays: its parents, and what it has started.
          and (w.parent_workflow_id is null or not exists (
            with recursive ancestors as (
              select p.workflow_id, p.parent_workflow_id, p.finished_at
              from observability.workflow_state p where p.workflow_id = w.parent_workflow_id
              union
              select p.workflow_id, p.parent_workflow_id, p.finished_at
              from ancestors a join observability.workflow_state p on p.workflow_id = a.parent_workflow_id
            )
            select 1 from ancestors where finished_at is null))
          and not exists (
            with recursive descendants as (
              select c.workflow_id, c.finished_at
              from observability.workflow_state c where c.parent_workflow_id = w.workflow_id
              union
              select c.workflow_id, c.finished_at
              from descendants d join observability.workflow_state c on c.parent_workflow_id = d.workflow_id
            )
            select 1 from descendants where finished_at is null)
        limit 1000 for update of w skip locked)
      returning workflow_id)
      , transitions as (delete from observability.workflow_transitions t using gone where t.workflow_id = gone.workflow_id)
      select count(*) from gone$sql$, 24 * workflows_days),
    format($sql$with gone as (
      delete from observability.alerts where id in (
        select id from observability.alerts where resolved_at < now() - interval '%s hours' order by id limit 1000)
      returning id)
      , events as (delete from observability.alert_events e using gone where e.alert_id = gone.id)
      select count(*) from gone$sql$, 24 * alerts_days),
    format($sql$with gone as (
      delete from observability.alert_silences where id in (
        select id from observability.alert_silences
        where least(ends_at, ended_at) < now() - interval '%s hours' order by id limit 1000)
      returning id) select count(*) from gone$sql$, 24 * alerts_days),
    format($sql$with gone as (
      delete from observability.alert_rule_state where fingerprint in (
        select fingerprint from observability.alert_rule_state
        where refreshed_at < now() - interval '%s hours' limit 1000)
      returning fingerprint) select count(*) from gone$sql$, 24 * alerts_days),
    format($sql$with gone as (
      delete from observability.alert_notifications where notification_id in (
        select notification_id from observability.alert_notifications
        where created_at < now() - interval '%1$s hours' and coalesce(settled_at, due_at) < now() - interval '%1$s hours'
        order by notification_id limit 1000)
      returning notification_id) select count(*) from gone$sql$, 24 * notifications_days),
    format($sql$with gone as (
      delete from observability.error_groups where fingerprint in (
        select fingerprint from observability.error_groups
        where state <> 'ignored' and last_seen_at < now() - interval '%s hours' limit 1000)
      returning fingerprint) select count(*) from gone$sql$, 24 * errors_days),
    format($sql$with gone as (
      delete from observability.health_transitions where (service_name, transition_id) in (
        select service_name, transition_id from observability.health_transitions
        where last_seen_at < now() - interval '%s hours' limit 1000)
      returning transition_id) select count(*) from gone$sql$, 24 * alerts_days),
    format($sql$with gone as (
      delete from observability.metric_days where (metric_name, bucket_start, series_id) in (
        select metric_name, bucket_start, series_id from observability.metric_days
        where bucket_start < now() - interval '%s hours' limit 1000)
      returning series_id) select count(*) from gone$sql$, 24 * rollups_days),
    format($sql$with gone as (
      delete from observability.ingest_batches where batch_id in (
        select batch_id from observability.ingest_batches where stored_at < now() - interval '%s hours' limit 1000)
      returning batch_id) select count(*) from gone$sql$, 24 * ledger_days)
  ]
  loop
    loop
      execute statement into deleted;
      commit;
      exit when deleted < 1000;
    end loop;
  end loop;
end
$prune$;
