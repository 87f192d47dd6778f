import type { StoredPartition } from './stored-partition.ts';

/** What marks a partition that housekeeping is about to detach, so that a detached one is known to be a leftover. */
const MARK = 'Being dropped by housekeeping.';

/** Partitions of all partitioned tables, and tables with such names that are detached. */
export const selectPartitions: string = `
select c.relname::text as name,
       i.inhrelid is not null as is_attached,
       coalesce(i.inhdetachpending, false) as is_detaching,
       coalesce(obj_description(c.oid, 'pg_class') = '${MARK}', false) as to_be_dropped,
       (extract(epoch from
         (regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$TO \\('([^']+)'\\)$re$))[1]::timestamptz) * 1000)::float8 as to_ms,
       coalesce(pg_total_relation_size(c.oid), 0)::float8 as bytes
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_inherits i on i.inhrelid = c.oid
where n.nspname = 'observability' and c.relkind = 'r' and c.relname ~ '^(spans_p[0-9]{8}|metrics_p[0-9]{6}|metric_minutes_p[0-9]{8}|metric_hours_p[0-9]{6})$'`;

/** The clock of the database, the size of everything, and since when it is there. */
export const selectStorage = `
select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms,
       (extract(epoch from (select installed_at from observability.schema_version)) * 1000)::float8 as installed_at_ms,
       (select coalesce(sum(pg_total_relation_size(c.oid)), 0)::float8
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'observability' and c.relkind in ('r', 'm')) as bytes`;

/** Whether this role may make and drop partitions: what the owner of the tables may. */
export const selectOwnership = `
select coalesce(bool_and(pg_has_role(c.relowner, 'usage')), false) as is_owner
from pg_catalog.pg_class c
where c.oid in (to_regclass('observability.spans'), to_regclass('observability.metrics'))`;

/**
 * Bounds the wait for a lock, within a transaction, to less than the 500 ms a writer waits to attach a partition. A
 * session setting would stay behind on PgBouncer's connections.
 */
export const limitLockWait = "set local lock_timeout = '300ms'";

/** Marks a partition, so that the round after a crash knows what it was doing. */
export function markPartition({ name }: StoredPartition): string {
  return `comment on table observability.${name} is '${MARK}'`;
}

/**
 * Whether somebody has been using the table, or the partition by its own name, for more than a second: a detach would wait for
 * them. Transactions of other roles show no age where ours may not see it; those are waited for.
 */
export const selectIsInUse = `
select exists (
  select from pg_catalog.pg_locks l
  join pg_catalog.pg_stat_activity a on a.pid = l.pid
  where l.locktype = 'relation' and l.granted and l.pid <> pg_backend_pid() and a.datname = current_database()
    and l.relation in (to_regclass($1::text), to_regclass($2::text))
    and a.xact_start < clock_timestamp() - interval '1 second') as is_in_use`;

/** Waits until nobody uses the table as it was, and lets others go on meanwhile. Not within a transaction. */
export function detachPartition({ table, name }: StoredPartition): string {
  return `alter table observability.${table} detach partition observability.${name} concurrently`;
}

/** Finishes a detach that was interrupted. */
export function finalizeDetach({ table, name }: StoredPartition): string {
  return `alter table observability.${table} detach partition observability.${name} finalize`;
}

/** Drops a table that is detached already. */
export function dropDetached({ name }: StoredPartition): string {
  return `drop table if exists observability.${name}`;
}

/** Ends a statement of ours that waits for too long, whichever connection it is on. */
export const cancelStatement = `
select pg_cancel_backend(pid) as cancelled from pg_catalog.pg_stat_activity
where pid <> pg_backend_pid() and datname = current_database() and state = 'active' and query = $1::text`;
