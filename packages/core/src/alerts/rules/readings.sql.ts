import { bucketValueOf, selectCells, selectPoints } from '../../metrics/rollups/points.sql.ts';

/** How many groups of a rule are looked at, and one more to notice that there are others. */
export const MAX_GROUPS = 1_000;

/** Ends a read that takes too long in the database, not only here. $1 milliseconds as text */
export const limitReadTime = `select set_config('statement_timeout', $1::text, true)`;

// A clock that is a day ahead is the most that is stored.
const SELECTED = `
  metric_name = $1::text
  and recorded_at > clock_timestamp() - make_interval(secs => $2::float8 / 1000)
  and recorded_at < clock_timestamp() + interval '1 day'
  and labels @> $3::jsonb
  and ($4::text is null or service_name = $4::text)`;

/** The labels of the group a point belongs to, from the names in $5. */
const GROUP = `(
    select coalesce(jsonb_object_agg(g.name, g.value), '{}'::jsonb)
    from (
      select n.name, case when n.name = 'service.name' then p.service_name else p.labels ->> n.name end as value
      from jsonb_array_elements_text($5::jsonb) as n(name)
    ) g
    where g.value is not null)`;

/**
 * What the points of the last $6 ms come to, by group; groups that had points within the last $2 ms and have none now are there
 * with a count of 0. $1 name, $3 labels, $4 service or null, $5 names of the labels to group by
 */
export const selectMetricSums: string = `
  with points as (
    select ${GROUP} as group_labels, p.*,
      p.at > clock_timestamp() - make_interval(secs => $6::float8 / 1000) as is_recent
    from (${selectPoints(SELECTED)}) p
  )
  select group_labels::text as labels,
    coalesce(sum(value_sum) filter (where is_recent), 0)::float8 as value_sum,
    coalesce(sum(sample_count) filter (where is_recent), 0)::float8 as sample_count,
    coalesce(sum(case when metric_type = 'histogram' then sample_count else value_sum end) filter (where is_recent), 0)::float8
      as increase,
    (case when bool_or(metric_type = 'gauge') then avg(value_sum) filter (where is_recent)
      else sum(value_sum) filter (where is_recent) / nullif(sum(sample_count) filter (where is_recent), 0) end)::float8 as average,
    min(coalesce(min, value_sum)) filter (where is_recent) as smallest,
    max(coalesce(max, value_sum)) filter (where is_recent) as largest,
    (array_agg(value_last order by last_at desc) filter (where is_recent))[1] as latest
  from points
  group by group_labels
  order by group_labels
  limit ${MAX_GROUPS + 1}`;

/**
 * What is needed to interpolate a percentile over the last $2 ms, by group; as `selectPercentiles` does it. $1 name, $3 labels,
 * $4 service or null, $5 names of the labels to group by, $6 the percentile, 0 to 1
 */
export const selectMetricPercentile: string = `
  with points as materialized (
    select ${GROUP} as group_labels, p.single, p.min, p.max, p.zero_count, p.bucket_scale::integer as scale, p.bucket_indexes,
      p.bucket_counts, p.negative_bucket_indexes, p.negative_bucket_counts
    from (${selectPoints(SELECTED)}) p
  ), groups as (
    select group_labels, min(scale) as scale, min(coalesce(single, min)) as smallest, max(coalesce(single, max)) as largest
    from points
    group by group_labels
    order by group_labels
    limit ${MAX_GROUPS + 1}
  ), cells as (
    select g.group_labels, g.scale, c.sign, c.index >> (p.scale - g.scale) as index, sum(c.count) as weight
    from points p join groups g using (group_labels), lateral ${selectCells('p')} c
    where p.single is null
    group by 1, 2, 3, 4
  ), observations as (
    select group_labels, sign * ${bucketValueOf('index', 'scale')} as value, weight from cells
    union all
    select group_labels, 0::float8, sum(zero_count) from points where single is null group by group_labels
    having sum(zero_count) > 0
    union all
    select group_labels, single, 1 from points where single is not null
  ), ranked as (
    select group_labels, value,
      sum(weight) over (partition by group_labels order by value rows unbounded preceding) as upto,
      sum(weight) over (partition by group_labels) as total
    from observations
  )
  select g.group_labels::text as labels, g.smallest::float8 as smallest, g.largest::float8 as largest,
    max(r.total)::float8 as total,
    min(r.value) filter (where r.upto > floor($6::float8 * (r.total - 1))) as lower,
    min(r.value) filter (where r.upto > ceil($6::float8 * (r.total - 1))) as upper
  from groups g join ranked r using (group_labels)
  group by g.group_labels, g.smallest, g.largest
  order by g.group_labels`;

/** Requests and those that failed, by group. $1 name, $2 ms back, $3 labels, $4 service or null, $5 names of labels */
export const selectErrorRatios: string = `
  select group_labels::text as labels, sum(sample_count)::float8 as total,
    coalesce(sum(sample_count) filter (where is_failure), 0)::float8 as failed
  from (
    select ${GROUP} as group_labels, p.sample_count,
      p.labels ? 'error.type' or (p.labels ->> 'http.response.status_code') ~ '^5[0-9][0-9]$' as is_failure
    from (
      select sample_count, labels, service_name from observability.metrics where ${SELECTED}
    ) p
  ) requests
  group by group_labels
  order by group_labels
  limit ${MAX_GROUPS + 1}`;

/**
 * How long ago the last point of each group was that had at least 3 within the last $2 ms. $1 name, $3 labels, $4 service or null,
 * $5 names of labels
 */
export const selectPointAges: string = `
  select group_labels::text as labels,
    (extract(epoch from clock_timestamp() - max(recorded_at)) * 1000)::float8 as age_ms
  from (
    select ${GROUP} as group_labels, p.recorded_at
    from (
      select recorded_at, labels, service_name from observability.metrics where ${SELECTED}
    ) p
  ) points
  group by group_labels
  having count(*) >= 3
  order by group_labels
  limit ${MAX_GROUPS + 1}`;

/** How long ago a heartbeat came, or was first asked for. The first question notes that it is expected from now on. $1 name */
export const selectHeartbeatAge: string = `
  with asked as (
    insert into observability.alert_heartbeats (name) values ($1::text)
    on conflict (name) do nothing
    returning name, expected_since, last_at
  )
  select h.last_at is null as never_came,
    (extract(epoch from clock_timestamp() - coalesce(h.last_at, h.expected_since)) * 1000)::float8 as age_ms
  from (
    select name, expected_since, last_at from asked
    union all
    select name, expected_since, last_at from observability.alert_heartbeats where name = $1::text
  ) h
  limit 1`;

/**
 * Processes whose last change of a check within the last day was to one of the statuses, by check and service. A process that
 * ended while a check was down tells nothing any more, so what is older than a day is left.
 * $1 check or null, $2 statuses as JSON, $3 service or null
 */
export const selectFailingChecks: string = `
  select check_name, service_name, count(*) filter (where is_failing)::int as failing,
    (extract(epoch from min(occurred_at) filter (where is_failing)) * 1000)::float8 as since_ms,
    (array_agg(reason order by occurred_at desc) filter (where is_failing))[1] as reason
  from (
    select distinct on (service_name, check_name, instance_id)
      service_name, check_name, occurred_at, reason, $2::jsonb ? to_status as is_failing
    from observability.health_transitions
    where occurred_at > clock_timestamp() - interval '1 day'
      and ($1::text is null or check_name = $1::text)
      and ($3::text is null or service_name = $3::text)
    order by service_name, check_name, instance_id, occurred_at desc, transition_id desc
  ) latest
  group by check_name, service_name
  order by check_name, service_name
  limit ${MAX_GROUPS + 1}`;

/** Workflows that should be over, by type. $1 type or null */
export const selectStuckWorkflows: string = `
  select workflow_type, count(*)::int as stuck,
    (extract(epoch from min(deadline_at)) * 1000)::float8 as since_ms,
    to_jsonb((array_agg(workflow_id::text order by deadline_at))[1:5])::text as oldest
  from observability.workflow_state
  where finished_at is null and deadline_at < clock_timestamp() and ($1::text is null or workflow_type = $1::text)
  group by workflow_type
  order by workflow_type
  limit ${MAX_GROUPS + 1}`;

/** Rows of telemetry that were lost within the last $1 ms, by signal. $2 service or null */
export const selectDroppedTelemetry: string = `
  select case metric_name when 'otel.sdk.exporter.span.exported' then 'spans' else 'metrics' end as signal,
    sum(metric_value)::float8 as dropped, string_agg(distinct labels ->> 'error.type', ', ') as reasons
  from observability.metrics
  where metric_name in ('otel.sdk.exporter.span.exported', 'otel.sdk.exporter.metric_data_point.exported')
    and recorded_at > clock_timestamp() - make_interval(secs => $1::float8 / 1000)
    and recorded_at < clock_timestamp() + interval '1 day'
    and labels ? 'error.type'
    and ($2::text is null or service_name = $2::text)
  group by 1`;
