import { bucketValueOf, scaleError } from '../rollups/points.sql.ts';
import { selectGroupedPoints, selectSourcePoints } from './grouped-points.sql.ts';
import type { Source } from './source-plan.ts';

// Primes, so that they do not keep step with the number of series. Of sums there are fewer, and each has more buckets.
const SAMPLED_POINTS = 37;
const SAMPLED_SUMS = 13;

// Logarithm (base 2) of the lower end of a bucket: the same at every scale.
const lowerEnd = (index: string, scale: string): string => `${index} * power(2::float8, -${scale})`;

const BOUND = '(select bound from bounds)';
// PostgreSQL refuses what becomes too small or too large for a double. A coarse bucket can begin below the smallest number there is;
// none begins above the largest, and so the bound is what is multiplied, not the value.
const BOUND_VALUE = `power(2::float8, greatest(${BOUND}, -1074))`;

// The first bucket of a point at or above the bound, null where there is none; the indexes are in order, so that it is found without
// looking at all. Of a value as near to the bound as rounding goes, only the buckets know on which side it is.
const FIRST_BUCKET = `case when ${BOUND} is null then 1 when max < ${BOUND_VALUE} * (1 - 1e-9) then null
      else 1 + width_bucket(floor(${BOUND} * power(2::float8, bucket_scale))::integer - 1, bucket_indexes) end`;

/** How {@link selectPercentileParts} may save work. */
export interface PercentileShortcuts {
  /** True where neither groups nor steps are asked for, which saves sorting the points. */
  isOne?: boolean;
  /** Only with `isOne`: the place of the source whose points tell from where on buckets matter. */
  sampledSource?: number | undefined;
}

// Where the highest values are asked for, hardly any are in the lower half of the buckets of a point. Where some are, the bound is lower
// than it could be, and nothing is missed.
const UPPER_HALF = `case when ($6::jsonb ->> 'tail')::float8 >= 0.8 then 1 + cardinality(bucket_indexes) / 2 else 1 end`;

// No bound: all buckets matter.
const WITHOUT_BOUND = `
bounds as (select null::float8 as bound),`;

function selectBound(sources: readonly Source[], place: number): string {
  const step = sources[place] === 'points' ? SAMPLED_POINTS : SAMPLED_SUMS;
  return `
sample as materialized (
  select bucket_scale::integer as bucket_scale, bucket_indexes, bucket_counts, ${WEIGHT} as weight
  from (select row_number() over () as row_no, p.* from (${selectSourcePoints(sources, place)}) p) numbered
  where row_no % ${step} = 0
),
bounds as (
  select max(lower_end) as bound
  from (
    select lower_end, sum(weight) over (order by lower_end desc) as above
    from (
      select ${lowerEnd('index', 'bucket_scale')} as lower_end, sum(count::float8) as weight
      from (
        select bucket_scale, unnest(bucket_indexes[half:]) as index, unnest(bucket_counts[half:]) as count
        from (select *, ${UPPER_HALF} as half from sample offset 0) halves
      ) unfolded
      group by bucket_scale, index
    ) sampled
  ) sums
  where above >= (1 - ($6::jsonb ->> 'tail')::float8) * (select sum(weight)::float8 from sample)
),`;
}

const WEIGHT = `case when single is not null then 1 when metric_type = 'histogram' then sample_count else point_count end`;

/**
 * What is needed to interpolate percentiles, a row for each group, step and percentile: `$6` is JSON, `{ fractions, tail }`, `$7` how many
 * groups at most, those with most observations. The other parameters are those of `selectGroupedPoints`.
 *
 * A point without buckets is one observation; one with buckets stands for as many as they hold, each by the value of its bucket. That
 * is off by the error of the bucket at most, and so is the n-th of them, whatever scales take part. The running sum over all values
 * says which observation is the n-th.
 *
 * Adding up buckets is nearly all of the work, so high percentiles of a range that is one group do without those below: a sample of
 * one source tells above which value the share 1 - `tail` of the observations lies, and only buckets from there on are looked at.
 * Where the sample was wrong, `is_short` says so, and the statement has to be repeated without one.
 *
 * Groups are brought together by windows, because joins of what PostgreSQL cannot estimate end as loops within loops.
 */
export function selectPercentileParts(
  sources: readonly Source[],
  { isOne = false, sampledSource }: PercentileShortcuts = {},
): string {
  // A constant is not hashed for each bucket.
  const groupNo = isOne ? '1::bigint' : 'group_no';
  const hasBound = sampledSource !== undefined;
  const cut = (buckets: string): string => (hasBound ? `${buckets}[first:] as ${buckets}` : buckets);
  return `
with ${hasBound ? selectBound(sources, sampledSource) : WITHOUT_BOUND}
points as materialized (
  select ${isOne ? groupNo : 'dense_rank() over (order by group_key, slot)'} as group_no,
    group_key, slot, single, zero_count, relative_error, bucket_scale::integer as bucket_scale,
    ${cut('bucket_indexes')}, ${cut('bucket_counts')}, negative_bucket_indexes, negative_bucket_counts,
    case when single is null then min else single end as smallest, case when single is null then max else single end as largest,
    ${WEIGHT} as weight
  from (select *${hasBound ? `, ${FIRST_BUCKET} as first` : ''} from (${selectGroupedPoints(sources, isOne)}) grouped offset 0) found
),
whole as materialized (
  select sum(weight)::float8 as total from points
),
observations as (
  select ${groupNo} as group_no, ${bucketValueOf('index', 'scale')} as value, sum(count::float8) as weight
  from (
    select group_no, bucket_scale as scale, unnest(bucket_indexes) as index, unnest(bucket_counts) as count
    from points
  ) positive
  group by ${groupNo}, scale, index
  union all
  select ${groupNo}, -${bucketValueOf('index', 'scale')}, sum(count::float8)
  from (
    select group_no, bucket_scale as scale, unnest(negative_bucket_indexes) as index,
      unnest(negative_bucket_counts) as count
    from points
    where ${BOUND} is null
  ) negative
  group by ${groupNo}, scale, index
  union all
  select group_no, 0::float8, sum(zero_count)::float8 from points where single is null and ${BOUND} is null
  group by group_no having sum(zero_count) > 0
  union all
  select group_no, single, 1::float8 from points
  where single is not null and (${BOUND} is null or single >= ${BOUND_VALUE})
),
ranked as (
  select group_no, value, weight, found, above,
    case when ${BOUND} is null then found else (select total from whole) end as total
  from (
    select group_no, value, weight, sum(weight) over (partition by group_no) as found,
      sum(weight) over (partition by group_no order by value desc rows unbounded preceding) as above
    from observations
  ) sums
),
parts as (
  select group_no, position::integer as position, max(total) as total, max(found) as found, max(fraction) as fraction,
    min(value) filter (where total - above + weight > floor(fraction * (total - 1))) as lower,
    min(value) filter (where total - above + weight > ceil(fraction * (total - 1))) as upper
  from ranked
  cross join (
    select fraction::float8 as fraction, position
    from jsonb_array_elements_text($6::jsonb -> 'fractions') with ordinality as f(fraction, position)
  ) q
  group by 1, 2
),
groups as (
  select *, dense_rank() over (order by group_weight desc, group_key) as group_rank
  from (
    select group_no, group_key, slot, sum(sum(weight)) over (partition by group_key) as group_weight,
      -- Where one point does not know its ends, nobody knows those of all.
      case when count(smallest) = count(*) then min(smallest) end as smallest,
      case when count(largest) = count(*) then max(largest) end as largest,
      bool_and(single is not null) as exact,
      greatest(max(relative_error), ${scaleError('min(case when single is null then bucket_scale end)')}, 0) as relative_error
    from points
    group by 1, 2, 3
  ) weighed
),
joined as (
  select position, lower, upper, total, fraction, found, max(group_rank) over g as group_rank, max(group_key) over g as group_key,
    max(slot) over g as slot, max(smallest) over g as smallest, max(largest) over g as largest, bool_or(exact) over g as exact,
    max(relative_error) over g as relative_error
  from (
    select group_no, null::integer as position, null::float8 as lower, null::float8 as upper, null::float8 as total,
      null::float8 as fraction, null::float8 as found, group_rank, group_key, slot, smallest, largest, exact, relative_error
    from groups
    union all
    select group_no, position, lower, upper, total, fraction, found, null, null, null, null, null, null, null from parts
  ) both_kinds
  window g as (partition by group_no)
)
select group_key, slot, total, smallest, largest, exact, relative_error, position, lower, upper,
  total - floor(fraction * (total - 1)) > found as is_short
from joined
where position is not null and group_rank <= $7::integer
order by group_key, slot, position`;
}
