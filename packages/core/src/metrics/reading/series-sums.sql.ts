import { selectGroupedPoints } from './grouped-points.sql.ts';
import type { Source } from './source-plan.ts';

/**
 * What was recorded in each group and step: `$7` how many groups at most, those with most observations; `$6` is not used. The other
 * parameters are those of `selectGroupedPoints`.
 *
 * What a counter grew by and what a histogram holds add up. The points of a gauge do not: in a step each series counts by their
 * average.
 */
export function selectSeriesSums(sources: readonly Source[]): string {
  return `
with points as materialized (
  select group_key, slot, metric_type, service_name, labels, point_count, sample_count, value_sum,
    case when metric_type <> 'counter' then coalesce(min, single) end as smallest,
    case when metric_type <> 'counter' then coalesce(max, single) end as largest
  from (${selectGroupedPoints(sources)}) grouped
  where $6::text is null
),
series as (
  select group_key, slot, metric_type, sum(value_sum) as value_sum, sum(point_count) as point_count,
    sum(sample_count) as sample_count, min(smallest) as smallest, max(largest) as largest
  from points
  group by group_key, slot, metric_type, service_name, labels
),
steps as (
  select group_key, slot,
    sum(case metric_type when 'counter' then value_sum when 'histogram' then sample_count end)::float8 as grown,
    sum(case metric_type when 'gauge' then value_sum / point_count else value_sum end)::float8 as sum,
    sum(sample_count)::float8 as count,
    (sum(value_sum) / nullif(sum(case metric_type when 'gauge' then point_count else sample_count end), 0))::float8 as avg,
    min(smallest) as min, max(largest) as max
  from series
  group by group_key, slot
),
chosen as (
  select group_key from steps group by group_key order by sum(count) desc, group_key limit $7::integer
)
select group_key, slot, grown, sum, count, avg, min, max
from steps
where group_key in (select group_key from chosen)
order by 1, 2`;
}
