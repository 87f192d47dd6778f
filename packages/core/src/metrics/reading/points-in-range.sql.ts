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
  where metric_name = $1::text
    and recorded_at >= to_timestamp($2::float8 / 1000) and recorded_at <= to_timestamp($3::float8 / 1000)
    and labels @> $4::jsonb
    and ($6::text is null or service_name = $6::text)
  order by recorded_at desc, id desc
  limit $5::bigint
) as newest
order by recorded_at, id`;
