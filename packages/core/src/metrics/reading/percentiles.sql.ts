import { bucketValueOf, scaleError } from '../rollups/points.sql.ts';
import { selectGroupedPoints } from './grouped-points.sql.ts';
import type { Source } from './source-plan.ts';

// A prime, so that it does not keep step with the number of series.
const SAMPLED_ROWS = 17;

// Logarithm (base 2) of the lower end of a bucket: the same at every scale.
const lowerEnd = (index: string, scale: string): string => `${index} * power(2::float8, -${scale})`;

// The first bucket of a row at or above the bound of its group; the indexes are in order, so that it is found without looking at all.
const FIRST_BUCKET = `case when bound is null then 1
      else 1 + width_bucket(floor(bound * power(2::float8, bucket_scale))::integer - 1, bucket_indexes) end`;

/**
 * What is needed to interpolate percentiles, a row for each group, step and percentile: `$6` is JSON, `{ fractions, tail }`, `$7` how many
 * groups at most, those with most observations. The other parameters are those of `selectGroupedPoints`.
 *
 * A point without buckets is one observation; one with buckets stands for as many as they hold. Buckets of finer scales are
 * shifted to the coarsest one of their group and step, which joins them exactly, and added up. The running sum over all values then
 * says which observation is the n-th.
 *
 * Adding up buckets is nearly all of the work, so high percentiles do without those below: a sample of the points tells above which
 * value the share 1 - `tail` of the observations lies, and only buckets from there on are looked at. Where the sample was wrong,
 * `is_short` says so, and the statement has to be repeated with a `tail` of null.
 */
export function selectPercentileParts(sources: readonly Source[]): string {
  return `
with keyed as materialized (
  select group_key, slot, single, case when single is null then min else single end as smallest,
    case when single is null then max else single end as largest, zero_count, relative_error, bucket_scale::integer as bucket_scale,
    bucket_indexes, bucket_counts, negative_bucket_indexes, negative_bucket_counts,
    case when single is not null then 1 when metric_type = 'histogram' then sample_count else point_count end as weight
  from (${selectGroupedPoints(sources)}) grouped
),
groups as (
  select group_key, slot, row_number() over () as group_no
  from (select distinct group_key, slot from keyed) found
),
points as materialized (
  select group_no, row_number() over () as place, keyed.* from keyed join groups using (group_key, slot)
),
weights as (
  select group_no, group_key, slot, sum(weight)::float8 as total,
    -- Where one point does not know its ends, nobody knows those of all.
    case when count(smallest) = count(*) then min(smallest) end as smallest,
    case when count(largest) = count(*) then max(largest) end as largest,
    bool_and(single is not null) as exact, max(relative_error) as relative_error
  from points
  group by 1, 2, 3
),
sampled as (
  select group_no, ${lowerEnd('index', 'bucket_scale')} as lower_end, sum(count)::float8 as weight
  from (
    select group_no, bucket_scale, unnest(bucket_indexes) as index, unnest(bucket_counts) as count
    from points
    where place % ${SAMPLED_ROWS} = 0 and ($6::jsonb ->> 'tail') is not null
  ) unfolded
  group by 1, 2
),
bounds as (
  select group_no, max(lower_end) as bound
  from (
    select s.group_no, s.lower_end, w.total,
      sum(s.weight) over (partition by s.group_no order by s.lower_end desc) as above
    from sampled s
    join (select group_no, sum(weight)::float8 as total from points where place % ${SAMPLED_ROWS} = 0 group by 1) w using (group_no)
  ) sums
  where above >= (1 - ($6::jsonb ->> 'tail')::float8) * total
  group by 1
),
bounded as (select points.*, bound from points left join bounds using (group_no)),
cells as materialized (
  select group_no, 1 as sign, scale, index, sum(count) as weight
  from (
    select group_no, bucket_scale as scale, unnest(bucket_indexes[first:]) as index, unnest(bucket_counts[first:]) as count
    from (select *, ${FIRST_BUCKET} as first from bounded offset 0) found
  ) unfolded
  group by 1, 2, 3, 4
  union all
  select group_no, -1, scale, index, sum(count)
  from (
    select group_no, bucket_scale as scale, unnest(negative_bucket_indexes) as index, unnest(negative_bucket_counts) as count
    from bounded
    where bound is null
  ) unfolded
  group by 1, 2, 3, 4
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
  select group_no, 0::float8, sum(zero_count)::float8 from bounded where single is null and bound is null
  group by 1 having sum(zero_count) > 0
  union all
  select group_no, single, 1::float8 from bounded
  where single is not null and (bound is null or single >= power(2::float8, bound))
),
ranked as materialized (
  select group_no, value, weight, sum(weight) over (partition by group_no order by value desc rows unbounded preceding) as above
  from observations
),
found as (select group_no, max(above) as total from ranked group by 1),
whole as (
  select w.group_no, w.group_key, w.slot, w.smallest, w.largest, w.exact,
    greatest(w.relative_error, case when w.exact then 0 else coalesce(${scaleError('c.scale')}, 0) end, 0) as relative_error,
    case when b.bound is null then f.total else w.total end as total, f.total as found
  from weights w
  join found f using (group_no)
  left join bounds b using (group_no)
  left join coarsest c using (group_no)
),
chosen as (
  select group_key from whole group by group_key order by sum(total) desc, group_key limit $7::integer
)
select w.group_key, w.slot, w.total, w.smallest, w.largest, w.exact, w.relative_error, q.position::integer as position,
  w.total - floor(q.fraction * (w.total - 1)) > w.found as is_short,
  min(r.value) filter (where w.total - r.above + r.weight > floor(q.fraction * (w.total - 1))) as lower,
  min(r.value) filter (where w.total - r.above + r.weight > ceil(q.fraction * (w.total - 1))) as upper
from whole w
join ranked r using (group_no)
cross join (
  select fraction::float8, position
  from jsonb_array_elements_text($6::jsonb -> 'fractions') with ordinality as f(fraction, position)
) q
where w.group_key in (select group_key from chosen)
group by 1, 2, 3, 4, 5, 6, 7, 8, 9
order by 1, 2, 8`;
}
