import { bucketValueOf, scaleError } from '../rollups/points.sql.ts';
import { selectGroupedPoints } from './grouped-points.sql.ts';
import type { Source } from './source-plan.ts';

/**
 * What is needed to interpolate percentiles, a row for each group, step and percentile: `$6` the percentiles (0 to 1) as a JSON
 * list, `$7` how many groups at most, those with most observations. The other parameters are those of `selectGroupedPoints`.
 *
 * A point without buckets is one observation; one with buckets stands for as many as they hold. Buckets of finer scales are
 * shifted to the coarsest one of their group and step, which joins them exactly, and added up. The running sum over all values then
 * says which observation is the n-th.
 */
export function selectPercentileParts(sources: readonly Source[]): string {
  return `
with points as materialized (
  select group_key, slot, single, case when single is null then min else single end as smallest,
    case when single is null then max else single end as largest, zero_count, relative_error, bucket_scale, bucket_indexes,
    bucket_counts, negative_bucket_indexes, negative_bucket_counts
  from (${selectGroupedPoints(sources)}) grouped
),
cells as materialized (
  select group_key, slot, bucket_scale::integer as scale, sign, index, sum(count) as weight
  from (
    select group_key, slot, bucket_scale, 1 as sign, unnest(bucket_indexes) as index, unnest(bucket_counts) as count
    from points where single is null
    union all
    select group_key, slot, bucket_scale, -1, unnest(negative_bucket_indexes), unnest(negative_bucket_counts)
    from points where single is null and negative_bucket_indexes is not null
  ) unfolded
  group by 1, 2, 3, 4, 5
),
coarsest as (select group_key, slot, min(scale) as scale from cells group by 1, 2),
observations as (
  select group_key, slot, sign * ${bucketValueOf('index', 'scale')} as value, weight
  from (
    select group_key, slot, c.scale, sign, index >> (cells.scale - c.scale) as index, sum(weight) as weight
    from cells join coarsest c using (group_key, slot)
    group by 1, 2, 3, 4, 5
  ) shifted
  union all
  select group_key, slot, 0::float8, sum(zero_count) from points where single is null group by 1, 2 having sum(zero_count) > 0
  union all
  select group_key, slot, single, 1 from points where single is not null
),
ranked as materialized (
  select group_key, slot, value,
    sum(weight) over (partition by group_key, slot order by value rows unbounded preceding)::float8 as upto
  from observations
),
totals as (select group_key, slot, max(upto) as total from ranked group by 1, 2),
whole as (
  select t.group_key, t.slot, t.total,
    -- Where one point does not know its ends, nobody knows those of all.
    case when count(p.smallest) = count(*) then min(p.smallest) end as smallest,
    case when count(p.largest) = count(*) then max(p.largest) end as largest,
    bool_and(p.single is not null) as exact,
    greatest(max(p.relative_error), max(case when p.single is null then ${scaleError('c.scale')} end), 0) as relative_error
  from totals t
  join points p using (group_key, slot)
  left join coarsest c using (group_key, slot)
  group by 1, 2, 3
),
chosen as (
  select group_key from whole group by group_key order by sum(total) desc, group_key limit $7::integer
)
select w.group_key, w.slot, w.total, w.smallest, w.largest, w.exact, w.relative_error, q.position::integer as position,
  min(r.value) filter (where r.upto > floor(q.fraction * (w.total - 1))) as lower,
  min(r.value) filter (where r.upto > ceil(q.fraction * (w.total - 1))) as upper
from whole w
join ranked r using (group_key, slot)
cross join (
  select fraction::float8, position
  from jsonb_array_elements_text($6::jsonb) with ordinality as f(fraction, position)
) q
where w.group_key in (select group_key from chosen)
group by 1, 2, 3, 4, 5, 6, 7, 8
order by 1, 2, 8`;
}
