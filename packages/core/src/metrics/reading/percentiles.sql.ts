import { bucketValueOf, scaleError } from '../rollups/points.sql.ts';
import { selectGroupedPoints } from './grouped-points.sql.ts';
import type { Source } from './source-plan.ts';

// The hot part: there are many buckets, so nothing is computed for each of them but the sum.
function sumCells(indexes: string, counts: string): string {
  return `
    select group_no, scale, index, sum(count) as weight
    from (
      select group_no, bucket_scale::integer as scale, unnest(${indexes}) as index, unnest(${counts}) as count
      from points join groups using (group_key, slot)
    ) unfolded
    group by 1, 2, 3`;
}

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
groups as materialized (
  select group_key, slot, row_number() over () as group_no
  from (select distinct group_key, slot from points) found
),
cells as materialized (
  select group_no, 1 as sign, scale, index, weight from (${sumCells('bucket_indexes', 'bucket_counts')}) positive
  union all
  select group_no, -1, scale, index, weight from (${sumCells('negative_bucket_indexes', 'negative_bucket_counts')}) negative
),
coarsest as (select group_no, min(scale) as scale from cells group by 1),
observations as (
  select group_no, sign * ${bucketValueOf('index', 'scale')} as value, weight
  from (
    select group_no, c.scale, sign, index >> (cells.scale - c.scale) as index, sum(weight)::float8 as weight
    from cells join coarsest c using (group_no)
    group by 1, 2, 3, 4
  ) shifted
  union all
  select group_no, 0::float8, sum(zero_count)::float8
  from points join groups using (group_key, slot)
  where single is null
  group by 1
  having sum(zero_count) > 0
  union all
  select group_no, single, 1::float8 from points join groups using (group_key, slot) where single is not null
),
ranked as materialized (
  select group_no, value, sum(weight) over (partition by group_no order by value rows unbounded preceding) as upto
  from observations
),
totals as (select group_no, max(upto) as total from ranked group by 1),
whole as (
  select g.group_no, g.group_key, g.slot, t.total,
    -- Where one point does not know its ends, nobody knows those of all.
    case when count(p.smallest) = count(*) then min(p.smallest) end as smallest,
    case when count(p.largest) = count(*) then max(p.largest) end as largest,
    bool_and(p.single is not null) as exact,
    greatest(max(p.relative_error), max(case when p.single is null then ${scaleError('c.scale')} end), 0) as relative_error
  from totals t
  join groups g using (group_no)
  join points p using (group_key, slot)
  left join coarsest c using (group_no)
  group by 1, 2, 3, 4
),
chosen as (
  select group_key from whole group by group_key order by sum(total) desc, group_key limit $7::integer
)
select w.group_key, w.slot, w.total, w.smallest, w.largest, w.exact, w.relative_error, q.position::integer as position,
  min(r.value) filter (where r.upto > floor(q.fraction * (w.total - 1))) as lower,
  min(r.value) filter (where r.upto > ceil(q.fraction * (w.total - 1))) as upper
from whole w
join ranked r using (group_no)
cross join (
  select fraction::float8, position
  from jsonb_array_elements_text($6::jsonb) with ordinality as f(fraction, position)
) q
where w.group_key in (select group_key from chosen)
group by 1, 2, 3, 4, 5, 6, 7, 8
order by 1, 2, 8`;
}
