-- Three roles that cannot log in, to be granted to roles that can:
--   observability_owner   makes and drops: the schema, its upgrades, partitions, housekeeping
--   observability_writer  stores: applications with schema 'verify', whose partitions the owner makes ahead
--   observability_reader  reads: Grafana, Metabase, people
-- Run it once the schema is there, as a superuser or as the schema's owner with the right to create roles; running it again
-- changes nothing.
--   psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f sql/ops/roles.sql
--   psql "$DATABASE_URL" -c 'grant observability_reader to grafana' -c 'grant observability_writer to orders'
-- An application that does the housekeeping works as the owner, so that all partitions have one owner:
--   psql "$DATABASE_URL" -c 'grant observability_owner to housekeeping' -c 'alter role housekeeping set role observability_owner'
do $roles$
declare
  role_name text;
  relation record;
begin
  foreach role_name in array array['observability_owner', 'observability_writer', 'observability_reader'] loop
    if not exists (select from pg_roles where rolname = role_name) then
      execute format('create role %I nologin', role_name);
    end if;
  end loop;

  -- Changing an owner locks the table for a moment; sequences follow their tables.
  perform set_config('lock_timeout', '2s', true);
  if (select nspowner::regrole::text from pg_namespace where nspname = 'observability') <> 'observability_owner' then
    alter schema observability owner to observability_owner;
  end if;
  for relation in
    select c.oid::regclass as name from pg_class c
    where c.relnamespace = 'observability'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
      and c.relowner <> 'observability_owner'::regrole
  loop
    execute format('alter table %s owner to observability_owner', relation.name);
  end loop;
  for relation in
    select p.oid::regprocedure as name from pg_proc p
    where p.pronamespace = 'observability'::regnamespace and p.proowner <> 'observability_owner'::regrole
  loop
    execute format('alter function %s owner to observability_owner', relation.name);
  end loop;

  grant usage on schema observability to observability_writer, observability_reader;
  grant select on all tables in schema observability to observability_writer, observability_reader;
  -- What is made from now on: partitions, and tables of later versions.
  alter default privileges for role observability_owner in schema observability
    grant select on tables to observability_writer, observability_reader;

  -- Rows of a partitioned table are written through the table, which needs no right on its partitions.
  grant insert on observability.spans, observability.metrics, observability.resources, observability.scopes,
    observability.ingest_batches, observability.workflow_transitions, observability.health_transitions to observability_writer;
  grant insert, update on observability.workflow_state, observability.alerts, observability.leases,
    observability.alert_notifications, observability.error_groups to observability_writer;
  grant insert on observability.alert_events to observability_writer;
  grant insert, update on observability.alert_silences, observability.alert_rule_state, observability.alert_heartbeats
    to observability_writer;
  -- Only until when a status was seen.
  grant update (last_seen_at) on observability.health_transitions to observability_writer;
  grant usage on all sequences in schema observability to observability_writer;
  alter default privileges for role observability_owner in schema observability
    grant usage on sequences to observability_writer;
end
$roles$;
