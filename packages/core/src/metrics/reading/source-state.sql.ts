const epochMs = (time: string): string => `(extract(epoch from ${time}) * 1000)::float8`;
const since1970 = (time: string): string => epochMs(`greatest(${time}, timestamptz 'epoch')`);

// Few tell how a metric is recorded, and where the newest ones are found by the index.
const PROBED_POINTS = 100;

/**
 * What there is of points and sums, and whether the newest points of a metric are single observations: `$1` name, `$2` and `$3`
 * first and last moment in epoch milliseconds.
 */
export const selectSourceState: string = `
select
  ${epochMs('clock_timestamp()')} as now_ms,
  ${since1970('points_from')} as points_from_ms,
  ${since1970('minutes_from')} as minutes_from_ms,
  ${since1970('summed_to')} as summed_to_ms,
  (select min(minute)::float8 * 60000 from observability.ingest_batches, unnest(rollup_minutes) as minute
    where rollup_minutes is not null) as dirty_minute_ms,
  (select ${epochMs('min(bucket_start)')} from observability.metric_rollup_pending where period = 'hour') as pending_hour_ms,
  (select ${epochMs('min(bucket_start)')} from observability.metric_rollup_pending where period = 'day') as pending_day_ms,
  (select coalesce(bool_and(bucket_scale is null and explicit_bounds is null), false)
    from (
      select bucket_scale, explicit_bounds
      from observability.metrics
      where metric_name = $1::text
        and recorded_at >= to_timestamp($2::float8 / 1000) and recorded_at <= to_timestamp($3::float8 / 1000)
      order by recorded_at desc
      limit ${PROBED_POINTS}
    ) newest) as is_single
from observability.metric_rollup_state`;
