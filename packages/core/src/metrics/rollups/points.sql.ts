import { BUCKET_SCALE } from '../exponential-buckets.ts';

/**
 * Points and sums of points in one shape, so that all that reads metrics adds up the same columns, wherever they come from. A
 * point without buckets is one value, `single`; everything else has its distribution in buckets.
 */

/** The columns that name a series. */
export const SERIES_COLUMNS = 'metric_name, metric_type, service_name, unit, labels';

/** A bucket of the finest scale for a positive number: bucket i holds (base^i, base^(i+1)], as `valueToBucketIndex` says. */
export function bucketIndexOf(value: string): string {
  return `(ceil(ln(${value}) / ln(2::float8) * ${2 ** BUCKET_SCALE}) - 1)::integer`;
}

/** How far a value that stands for a bucket can be off, relatively; see `bucketIndexToValue`. */
export function scaleError(scale: string): string {
  return `((power(2::float8, power(2::float8, -(${scale}))) - 1) / (power(2::float8, power(2::float8, -(${scale}))) + 1))`;
}

/** The number that stands for a bucket; as `bucketIndexToValue` says. */
export function bucketValueOf(index: string, scale: string): string {
  const step = `power(2::float8, -(${scale}))`;
  return `(power(2::float8, greatest(-1074, ${index} * ${step})) * (2 / (1 + power(2::float8, -${step}))))`;
}

// A histogram that came with fixed bounds: the middle of a bucket stands for it, between the smallest and the largest value
// where it has no end.
const BOUNDED_CELLS = `
    select (low + high) / 2 as value, count, case when low + high = 0 or sign(low) <> sign(high) then 1
        else abs((high - low) / (high + low)) end as error
    from (
      select b.count, coalesce(b.lower, least(coalesce(min, 0), explicit_bounds[1])) as low,
        coalesce(b.upper, greatest(max, b.lower)) as high
      from unnest(bucket_counts, explicit_bounds, array_prepend(null::float8, explicit_bounds)) as b(count, upper, lower)
      where b.count > 0
    ) bounded`;

function boundedArray(what: 'index' | 'count', sign: 1 | -1): string {
  const aggregate = what === 'index' ? 'array_agg(index order by index)' : 'array_agg(count order by index)';
  const condition = sign === 1 ? 'value > 0' : 'value < 0';
  return `(select ${aggregate} from (select ${bucketIndexOf('abs(value)')} as index, sum(count)::bigint as count
    from (${BOUNDED_CELLS}) cells where ${condition} group by 1) joined)`;
}

const BOUNDED_ZEROS = `(select coalesce(sum(count), 0)::bigint from (${BOUNDED_CELLS}) cells where value = 0)`;
const BOUNDED_ERROR = `(select coalesce(max(error), 0) from (${BOUNDED_CELLS}) cells)`;

/** Points as they were recorded. @param condition of `observability.metrics` */
export function selectPoints(condition: string): string {
  return `
  select recorded_at as at, ${SERIES_COLUMNS}, 1::bigint as point_count, sample_count,
    metric_value as value_sum, metric_value as value_last, recorded_at as last_at, min, max,
    case when bucket_scale is null and explicit_bounds is null then metric_value end as single,
    case when explicit_bounds is null then coalesce(zero_count, 0) else ${BOUNDED_ZEROS} end as zero_count,
    case when explicit_bounds is null then 0 else ${BOUNDED_ERROR} end as relative_error,
    coalesce(bucket_scale, ${BUCKET_SCALE})::smallint as bucket_scale,
    case when explicit_bounds is null then bucket_indexes else ${boundedArray('index', 1)} end as bucket_indexes,
    case when explicit_bounds is null then bucket_counts else ${boundedArray('count', 1)} end as bucket_counts,
    case when explicit_bounds is null then negative_bucket_indexes else ${boundedArray('index', -1)} end
      as negative_bucket_indexes,
    case when explicit_bounds is null then negative_bucket_counts else ${boundedArray('count', -1)} end
      as negative_bucket_counts,
    exemplars
  from observability.metrics
  where ${condition}`;
}

/** Sums of points. @param table for example `observability.metric_hours` @param condition of that table */
export function selectSums(table: string, condition: string): string {
  return `
  select bucket_start as at, ${SERIES_COLUMNS}, point_count, sample_count, value_sum, value_last, last_at, min, max,
    null::float8 as single, zero_count, relative_error, bucket_scale, bucket_indexes, bucket_counts,
    negative_bucket_indexes, negative_bucket_counts, exemplars
  from ${table}
  where ${condition}`;
}

/** The buckets of a point: rows of `sign`, `index` and `count`, at the scale of the point. */
export function selectCells(point: string): string {
  return `(
    select 1 as sign, u.index, u.count from unnest(${point}.bucket_indexes, ${point}.bucket_counts) as u(index, count)
    union all
    select -1, u.index, u.count
    from unnest(${point}.negative_bucket_indexes, ${point}.negative_bucket_counts) as u(index, count)
  )`;
}
