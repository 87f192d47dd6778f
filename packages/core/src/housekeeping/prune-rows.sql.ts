// Each takes the days and the number of rows of a batch, and answers how many rows it found. Hours, because a day of
// `interval` follows the time zone of the session, which has days of 23 and 25 hours.

/**
 * Workflows that finished long ago, with their transitions. By status and time of creation, for which there is an index: what
 * finished before a time was created before it. A workflow that is just being reopened is locked, and left.
 */
export const pruneWorkflows = `
with gone as (
  delete from observability.workflow_state
  where workflow_id in (
    select workflow_id from observability.workflow_state
    where status in ('completed', 'failed', 'cancelled')
      and created_at < now() - make_interval(hours => 24 * $1::integer)
      and finished_at < now() - make_interval(hours => 24 * $1::integer)
    limit $2::integer
    for update skip locked)
  returning workflow_id
), transitions as (
  delete from observability.workflow_transitions t using gone where t.workflow_id = gone.workflow_id
)
select count(*)::integer as deleted from gone`;

/** Alerts that were resolved long ago; open ones stay. */
export const pruneAlerts = `
with gone as (
  delete from observability.alerts
  where id in (
    select id from observability.alerts
    where resolved_at < now() - make_interval(hours => 24 * $1::integer)
    order by id
    limit $2::integer)
  returning id
)
select count(*)::integer as deleted from gone`;

/** Changes of health from long ago; a status that goes on stays. */
export const pruneHealthTransitions = `
with gone as (
  delete from observability.health_transitions
  where (service_name, transition_id) in (
    select service_name, transition_id from observability.health_transitions
    where last_seen_at < now() - make_interval(hours => 24 * $1::integer)
    limit $2::integer)
  returning transition_id
)
select count(*)::integer as deleted from gone`;

/** IDs of batches that can no longer come back. */
export const pruneIngestBatches = `
with gone as (
  delete from observability.ingest_batches
  where batch_id in (
    select batch_id from observability.ingest_batches
    where stored_at < now() - make_interval(hours => 24 * $1::integer)
    limit $2::integer)
  returning batch_id
)
select count(*)::integer as deleted from gone`;

/** Sums of metrics by day from long ago. */
export const pruneMetricDays = `
with gone as (
  delete from observability.metric_days
  where (metric_name, bucket_start, series_id) in (
    select metric_name, bucket_start, series_id from observability.metric_days
    where bucket_start < now() - make_interval(hours => 24 * $1::integer)
    limit $2::integer)
  returning series_id
)
select count(*)::integer as deleted from gone`;
