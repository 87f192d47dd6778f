-- Size and number of partitions of each table, indexes included.
--   psql "$DATABASE_URL" -f sql/ops/sizes.sql
select
  coalesce(parent.relname, child.relname) as table_name,
  count(parent.oid) as partitions,
  pg_size_pretty(sum(pg_total_relation_size(child.oid))) as size
from pg_catalog.pg_class child
join pg_catalog.pg_namespace n on n.oid = child.relnamespace
left join pg_catalog.pg_inherits i on i.inhrelid = child.oid
left join pg_catalog.pg_class parent on parent.oid = i.inhparent
where n.nspname = 'observability' and child.relkind in ('r', 'p')
group by coalesce(parent.relname, child.relname)
order by sum(pg_total_relation_size(child.oid)) desc;
