// The same in every read: both ends of the time range are given, so that only its partitions are touched.
const MATCHING = `
  metric_name = $1::text
  and recorded_at >= to_timestamp($2::float8 / 1000) and recorded_at <= to_timestamp($3::float8 / 1000)
  and labels @> $4::jsonb
  and ($6::text is null or service_name = $6::text)`;

/**
 * The newest points of a metric, oldest first: $1 name, $2 and $3 first and last moment (epoch ms), $4 labels, $5 limit,
 * $6 service or null.
 * Times leave as numbers and labels as text, because drivers can be told to parse both in their own way.
 */
export const selectMetricPoints: string = `
select
  metric_name, metric_type, metric_value,
  (extract(epoch from recorded_at) * 1000)::float8 as recorded_at_ms,
  (extract(epoch from start_time) * 1000)::float8 as start_time_ms,
  labels::text as labels, sample_count::float8 as sample_count, min, max, unit, service_name
from (
  select
    id, metric_name, metric_type, metric_value, recorded_at, start_time, labels, sample_count, min, max, unit,
    service_name
  from observability.metrics
  where ${MATCHING}
  order by recorded_at desc, id desc
  limit $5::bigint
) as newest
order by recorded_at, id`;

/**
 * What is needed to interpolate percentiles: $1 to $4 and $6 as above, $5 the percentiles (0 to 1) as a JSON array. One
 * row per percentile, in their order.
 *
 * A point without buckets is one observation; one with buckets stands for as many observations as they hold. Buckets of
 * finer scales are shifted to the coarsest scale there is, which joins them exactly, and added up; the value of a bucket is
 * the one of `bucketIndexToValue`. The running sum over all values then says which observation is the n-th.
 */
export const selectPercentiles: string = `
with points as materialized (
  select
    metric_value, min, max, zero_count, bucket_scale, bucket_indexes, bucket_counts, negative_bucket_indexes,
    negative_bucket_counts
  from observability.metrics
  where ${MATCHING}
),
coarsest as (select min(bucket_scale)::integer as scale from points),
buckets as (
  select 1 as sign, b.index >> (p.bucket_scale - c.scale) as index, sum(b.count) as weight
  from points p, coarsest c, unnest(p.bucket_indexes, p.bucket_counts) as b(index, count)
  where p.bucket_scale is not null
  group by 1, 2
  union all
  select -1, b.index >> (p.bucket_scale - c.scale), sum(b.count)
  from points p, coarsest c, unnest(p.negative_bucket_indexes, p.negative_bucket_counts) as b(index, count)
  where p.bucket_scale is not null
  group by 1, 2
),
observations as (
  select
    b.sign * power(2::float8, greatest(-1074, b.index * power(2::float8, -c.scale)))
      * (2 / (1 + power(2::float8, -power(2::float8, -c.scale)))) as value,
    b.weight
  from buckets b, coarsest c
  union all
  select 0::float8, sum(zero_count) from points having sum(zero_count) > 0
  union all
  select metric_value, 1 from points where bucket_scale is null
),
ranked as (
  select value, sum(weight) over (order by value rows unbounded preceding) as upto from observations
),
whole as (
  select
    (select max(upto) from ranked)::float8 as total,
    min(case when bucket_scale is null then metric_value else min end) as smallest,
    max(case when bucket_scale is null then metric_value else max end) as largest
  from points
)
select
  w.total, w.smallest, w.largest,
  (select min(value) from ranked where upto > floor(q.fraction * (w.total - 1))) as lower,
  (select min(value) from ranked where upto > ceil(q.fraction * (w.total - 1))) as upper
from whole w,
  (select fraction::float8, position
   from jsonb_array_elements_text($5::jsonb) with ordinality as f(fraction, position)) as q
order by q.position`;
