/**
 * Rows that are new, and rows that are there already and were seen again: a record is stored once, however often it is sent, and
 * the time it was last seen only grows. $1 service, $2 instance, $3 rows as JSON
 */
export const upsertHealthTransitions = `
insert into observability.health_transitions as t
  (service_name, instance_id, record_id, check_name, from_status, to_status, reason, duration_ms, occurred_at, last_seen_at, is_flapping)
select $1::text, $2::text, r.record_id, r.check_name, r.from_status, r.to_status, r.reason, r.duration_ms,
  to_timestamp(r.occurred_at_ms / 1000), to_timestamp(r.last_seen_at_ms / 1000), r.is_flapping
from jsonb_to_recordset($3::jsonb) as r (position integer, record_id uuid, check_name text, from_status text, to_status text,
  reason text, duration_ms float8, occurred_at_ms float8, last_seen_at_ms float8, is_flapping boolean)
order by r.position
on conflict (service_name, record_id) do update
set last_seen_at = greatest(t.last_seen_at, excluded.last_seen_at)`;

/** The newest first. $1 service, $2 check, $3 since in epoch milliseconds, $4 limit */
export const selectHealthTransitions = `
select check_name, instance_id, from_status, to_status, reason, duration_ms::float8 as duration_ms, is_flapping,
  (extract(epoch from occurred_at) * 1000)::float8 as occurred_at_ms,
  (extract(epoch from last_seen_at) * 1000)::float8 as last_seen_at_ms
from observability.health_transitions
where service_name = $1::text
  and ($2::text is null or check_name = $2::text)
  and ($3::float8 is null or occurred_at >= to_timestamp($3::float8 / 1000))
order by occurred_at desc, transition_id desc
limit $4::integer`;

/**
 * Per check and UTC day. A row says what was known from its change until it was last seen, so that what no row covers is unknown.
 * Times of processes are added up; what is unknown is the time of the day, as far as it is over, in which no process knew.
 * $1 service, $2 check, $3 days, $4 now in epoch milliseconds
 */
export const selectHealthUptime = `
with today as (
  select to_timestamp($4::float8 / 1000) as now_at, date_trunc('day', to_timestamp($4::float8 / 1000), 'UTC') as begins_at
), days as (
  select t.begins_at - make_interval(hours => 24 * n) as begins_at,
    least(t.begins_at - make_interval(hours => 24 * (n - 1)), t.now_at) as ends_at
  from today t, generate_series(0, $3::integer - 1) as n
), seen as (
  select h.check_name, h.to_status, h.from_status is not null and h.occurred_at >= d.begins_at as is_change, d.begins_at as day,
    greatest(h.occurred_at, d.begins_at) as from_at, least(h.last_seen_at, d.ends_at) as until_at
  from observability.health_transitions h
  join days d on h.occurred_at < d.ends_at and h.last_seen_at >= d.begins_at
  where h.service_name = $1::text and ($2::text is null or h.check_name = $2::text)
), sums as (
  select check_name, day, count(*) filter (where is_change) as changes,
    sum(extract(epoch from until_at - from_at)) filter (where to_status = 'up') as up,
    sum(extract(epoch from until_at - from_at)) filter (where to_status = 'degraded') as degraded,
    sum(extract(epoch from until_at - from_at)) filter (where to_status = 'down') as down,
    range_agg(tstzrange(from_at, until_at)) filter (where to_status in ('up', 'degraded', 'down')) as known
  from seen
  group by check_name, day
), checks as (
  select check_name from seen union select $2::text where $2::text is not null
), parts as (
  select c.check_name, d.begins_at, d.ends_at, coalesce(s.changes, 0) as changes, coalesce(s.up, 0)::float8 as up,
    coalesce(s.degraded, 0)::float8 as degraded, coalesce(s.down, 0)::float8 as down,
    coalesce((select sum(extract(epoch from upper(r) - lower(r))) from unnest(s.known) as r where not isempty(r)), 0)::float8 as known
  from checks c cross join days d
  left join sums s on s.check_name = c.check_name and s.day = d.begins_at
)
select check_name, (extract(epoch from begins_at) * 1000)::float8 as day_ms, changes::integer as changes,
  up * 1000 as up_ms, degraded * 1000 as degraded_ms, down * 1000 as down_ms,
  (extract(epoch from ends_at - begins_at)::float8 - known) * 1000 as unknown_ms,
  up / nullif(up + degraded + down, 0) as up_fraction,
  (up + degraded) / nullif(up + degraded + down, 0) as healthy_fraction
from parts
order by check_name, begins_at`;
