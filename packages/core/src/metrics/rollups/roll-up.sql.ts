import {
  bucketIndexOf,
  scaleError,
  selectCells,
  selectPoints,
  selectSums,
  SERIES_COLUMNS,
} from './points.sql.ts';
import { ROLLUP_TABLES } from './rollup-period.ts';
import type { RollupPeriod } from './rollup-period.ts';

// Nobody looks at more of them, and they would add up to as much as the buckets.
const MAX_EXEMPLARS = 10;
const KEY = 'bucket_start, metric_name, series_id';

/** Identity of a series, the same in every database and version. */
const SERIES_ID = `('x' || left(md5(concat_ws(chr(31), metric_type, service_name is null, service_name, labels::text)), 16))::bit(64)::bigint`;

/** What the sums of a period are made from. */
export type RollupSource = 'points' | 'minutes' | 'hours' | 'late_points';

/** The periods at which the statements look: `$1`, starts in epoch milliseconds as a list. */
const STARTS = `(select to_timestamp(s::float8 / 1000) as start from unnest($1::float8[]) as s)`;

function sourceOf(period: RollupPeriod, source: RollupSource): string {
  const within = (time: string): string =>
    `${time} >= (select min(start) from ${STARTS} s)
    and ${time} < (select max(start) from ${STARTS} s) + interval '1 ${period}'
    and date_bin(interval '1 ${period}', ${time}, timestamptz 'epoch') in (select start from ${STARTS} s)`;
  switch (source) {
    case 'points':
      return selectPoints(within('recorded_at'));
    case 'minutes':
      return selectSums(ROLLUP_TABLES.minute, within('bucket_start'));
    case 'hours':
      return selectSums(ROLLUP_TABLES.hour, within('bucket_start'));
    case 'late_points':
      // What is there stays, and what has come late is added to it.
      return `${selectPoints(within('recorded_at'))}
  union all ${selectSums(ROLLUP_TABLES[period], within('bucket_start'))}`;
  }
}

/** Removes the sums of periods, `$1`, before they are made again. */
export function deleteSums(period: RollupPeriod): string {
  return `delete from ${ROLLUP_TABLES[period]} where bucket_start in (select start from ${STARTS} s)`;
}

/** Removes points of periods that are only in sums from now on, `$1`. */
export const deleteLatePoints: string = `
delete from observability.metrics
where recorded_at >= (select min(start) from ${STARTS} s)
  and recorded_at < (select max(start) from ${STARTS} s) + interval '1 hour'
  and date_bin(interval '1 hour', recorded_at, timestamptz 'epoch') in (select start from ${STARTS} s)`;

/**
 * Makes the sums of periods, `$1`. Buckets of finer scales are shifted to the coarsest of their series, which joins them
 * exactly, and added up; so the sums of sums are those of all points.
 */
export function insertSums(period: RollupPeriod, source: RollupSource): string {
  return `
with points as materialized (${sourceOf(period, source)}
),
keyed as materialized (
  select date_bin(interval '1 ${period}', at, timestamptz 'epoch') as bucket_start, ${SERIES_ID} as series_id,
    ${SERIES_COLUMNS}, point_count, sample_count, value_sum, value_last, last_at, min, max, relative_error, bucket_scale,
    zero_count + case when single = 0 then 1 else 0 end as zero_count,
    case when single > 0 then array[${bucketIndexOf('single')}] else bucket_indexes end as bucket_indexes,
    case when single > 0 then array[1::bigint] else bucket_counts end as bucket_counts,
    case when single < 0 then array[${bucketIndexOf('-single')}] else negative_bucket_indexes end as negative_bucket_indexes,
    case when single < 0 then array[1::bigint] else negative_bucket_counts end as negative_bucket_counts,
    exemplars
  from points
),
sums as (
  select ${KEY}, metric_type, service_name, labels, min(unit) as unit, sum(point_count)::bigint as point_count,
    sum(sample_count)::bigint as sample_count, sum(value_sum) as value_sum,
    (array_agg(value_last order by last_at desc, value_last desc))[1] as value_last, max(last_at) as last_at,
    min(min) as min, max(max) as max, sum(zero_count)::bigint as zero_count, max(relative_error) as relative_error,
    min(bucket_scale)::integer as scale
  from keyed
  group by ${KEY}, metric_type, service_name, labels
),
cells as (
  select ${qualify('k')}, c.sign, c.index >> (k.bucket_scale - s.scale) as index, sum(c.count)::bigint as count
  from keyed k
  join sums s using (${KEY})
  cross join lateral ${selectCells('k')} c
  group by 1, 2, 3, 4, 5
),
buckets as (
  select ${KEY},
    array_agg(index order by index) filter (where sign = 1) as indexes,
    array_agg(count order by index) filter (where sign = 1) as counts,
    array_agg(index order by index) filter (where sign = -1) as negative_indexes,
    array_agg(count order by index) filter (where sign = -1) as negative_counts
  from cells
  group by ${KEY}
),
examples as (
  select ${KEY}, jsonb_agg(example order by (example ->> 'value')::float8) as exemplars
  from (
    select ${KEY}, e.example,
      row_number() over (partition by ${KEY} order by (e.example ->> 'value')::float8 desc) as place
    from keyed, jsonb_array_elements(keyed.exemplars) as e(example)
  ) placed
  where place <= ${MAX_EXEMPLARS}
  group by ${KEY}
)
insert into ${ROLLUP_TABLES[period]} (
  bucket_start, metric_name, series_id, metric_type, service_name, unit, labels, point_count, sample_count, value_sum,
  value_last, last_at, min, max, zero_count, relative_error, bucket_scale, bucket_indexes, bucket_counts,
  negative_bucket_indexes, negative_bucket_counts, exemplars)
select ${qualify('s')}, s.metric_type, s.service_name, s.unit, s.labels, s.point_count, s.sample_count, s.value_sum,
  s.value_last, s.last_at, s.min, s.max, s.zero_count, greatest(s.relative_error, ${scaleError('s.scale')}), s.scale,
  coalesce(b.indexes, '{}'), coalesce(b.counts, '{}'), b.negative_indexes, b.negative_counts, e.exemplars
from sums s
left join buckets b using (${KEY})
left join examples e using (${KEY})${source === 'late_points' ? REPLACE : ''}`;
}

// The sums that are there took part, so what is inserted stands for both.
const REPLACE = `
on conflict (metric_name, bucket_start, series_id) do update set (
  unit, point_count, sample_count, value_sum, value_last, last_at, min, max, zero_count, relative_error, bucket_scale,
  bucket_indexes, bucket_counts, negative_bucket_indexes, negative_bucket_counts, exemplars) = row(
  excluded.unit, excluded.point_count, excluded.sample_count, excluded.value_sum, excluded.value_last, excluded.last_at,
  excluded.min, excluded.max, excluded.zero_count, excluded.relative_error, excluded.bucket_scale,
  excluded.bucket_indexes, excluded.bucket_counts, excluded.negative_bucket_indexes, excluded.negative_bucket_counts,
  excluded.exemplars)`;

function qualify(alias: string): string {
  return KEY.split(', ')
    .map((column) => `${alias}.${column}`)
    .join(', ');
}

/** Up to `$1` batches whose points are not summed up, oldest first; the minutes as a JSON list. */
export const selectPendingBatches = `
select batch_id, to_json(rollup_minutes)::text as minutes
from observability.ingest_batches
where rollup_minutes is not null
order by stored_at
limit $1::integer`;

/**
 * From when on points and minutes are whole, in epoch milliseconds. Whoever sums up waits here for whoever else does.
 *
 * PostgreSQL cannot know how many series and buckets there will be, takes them for few, and would join them by loops within loops,
 * which takes minutes where hashing takes a second; so for the rest of the transaction it is told not to.
 */
export const lockRollupState = `
select
  set_config('enable_nestloop', 'off', true) as planning,
  (extract(epoch from greatest(points_from, timestamptz 'epoch')) * 1000)::float8 as points_from_ms,
  (extract(epoch from greatest(minutes_from, timestamptz 'epoch')) * 1000)::float8 as minutes_from_ms
from observability.metric_rollup_state
for update`;

/** The clock of the database, in epoch milliseconds. */
export const selectClock = `select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms`;

/** Takes minutes that are summed up now, `$2`, off batches, `$1`. */
export const settleMinutes = `
update observability.ingest_batches
set rollup_minutes = nullif(array(select m from unnest(rollup_minutes) as m where m <> all($2::integer[])), '{}')
where batch_id = any($1::text[])`;

/** Notes periods whose sums have to be made: `$1` hour or day, `$2` starts in epoch milliseconds. */
export const addPending = `
insert into observability.metric_rollup_pending (period, bucket_start)
select $1::text, to_timestamp(s::float8 / 1000) from unnest($2::float8[]) as s
on conflict do nothing`;

/** The first period that is over and whose sums have to be made. @param period of `observability.metric_rollup_pending` */
export function selectPending(period: 'hour' | 'day'): string {
  return `
select (extract(epoch from min(bucket_start)) * 1000)::float8 as start_ms
from observability.metric_rollup_pending
where period = '${period}' and bucket_start + interval '1 ${period}' <= clock_timestamp()`;
}

/** The sums of a period are made: `$1` hour or day, `$2` its start in epoch milliseconds. */
export const settlePending = `
delete from observability.metric_rollup_pending
where period = $1::text and bucket_start = to_timestamp($2::float8 / 1000)`;

/** Everything that was stored before `$1` (epoch milliseconds) is summed up, or pending. */
export const noteSummed = `
update observability.metric_rollup_state
set summed_to = greatest(summed_to, to_timestamp($1::float8 / 1000)), updated_at = clock_timestamp()`;

/** Older points, or sums by minute, may be gone from now on: `$1` epoch milliseconds. */
export function notePartlyGone(table: 'metrics' | 'metric_minutes'): string {
  const column = table === 'metrics' ? 'points_from' : 'minutes_from';
  return `update observability.metric_rollup_state set ${column} = greatest(${column}, to_timestamp($1::float8 / 1000))`;
}
