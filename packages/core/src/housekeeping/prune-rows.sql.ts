// Each takes the days and the number of rows of a batch, and answers how many rows it found. Hours, because a day of
// `interval` follows the time zone of the session, which has days of 23 and 25 hours.

/**
 * Workflows that finished long ago, with their transitions. By status and time of creation, for which there is an index: what
 * finished before a time was created before it. A workflow that is just being reopened is locked, and left.
 *
 * What belongs to something unfinished stays, too: a workflow whose parent, or parent's parent, still runs, and one that has
 * started, itself or by what it started, something that does. Parents are given by callers, so they may go round in a
 * circle; "union" ends it.
 */
export const pruneWorkflows = `
with gone as (
  delete from observability.workflow_state
  where workflow_id in (
    select w.workflow_id from observability.workflow_state w
    where w.status in ('completed', 'failed', 'cancelled')
      and w.created_at < now() - make_interval(hours => 24 * $1::integer)
      and w.finished_at < now() - make_interval(hours => 24 * $1::integer)
      and (w.parent_workflow_id is null or not exists (
        with recursive ancestors as (
          select p.workflow_id, p.parent_workflow_id, p.finished_at
          from observability.workflow_state p where p.workflow_id = w.parent_workflow_id
          union
          select p.workflow_id, p.parent_workflow_id, p.finished_at
          from ancestors a join observability.workflow_state p on p.workflow_id = a.parent_workflow_id
        )
        select 1 from ancestors where finished_at is null))
      and not exists (
        with recursive descendants as (
          select c.workflow_id, c.finished_at
          from observability.workflow_state c where c.parent_workflow_id = w.workflow_id
          union
          select c.workflow_id, c.finished_at
          from descendants d join observability.workflow_state c on c.parent_workflow_id = d.workflow_id
        )
        select 1 from descendants where finished_at is null)
    limit $2::integer
    for update of w skip locked)
  returning workflow_id
), transitions as (
  delete from observability.workflow_transitions t using gone where t.workflow_id = gone.workflow_id
)
select count(*)::integer as deleted from gone`;

/** Alerts that were resolved long ago, with their steps; open ones stay. */
export const pruneAlerts = `
with gone as (
  delete from observability.alerts
  where id in (
    select id from observability.alerts
    where resolved_at < now() - make_interval(hours => 24 * $1::integer)
    order by id
    limit $2::integer)
  returning id
), events as (
  delete from observability.alert_events e using gone where e.alert_id = gone.id
)
select count(*)::integer as deleted from gone`;

/** Silences that ended long ago. */
export const pruneAlertSilences = `
with gone as (
  delete from observability.alert_silences
  where id in (
    select id from observability.alert_silences
    where least(ends_at, ended_at) < now() - make_interval(hours => 24 * $1::integer)
    order by id
    limit $2::integer)
  returning id
)
select count(*)::integer as deleted from gone`;

/** Where alert rules stood that nobody has looked at since. */
export const pruneAlertRuleStates = `
with gone as (
  delete from observability.alert_rule_state
  where fingerprint in (
    select fingerprint from observability.alert_rule_state
    where refreshed_at < now() - make_interval(hours => 24 * $1::integer)
    limit $2::integer)
  returning fingerprint
)
select count(*)::integer as deleted from gone`;

/**
 * What receivers were told of alerts long ago, or could not be told. What still waits goes, too: nobody has a receiver of that name
 * any more.
 */
export const pruneAlertNotifications = `
with gone as (
  delete from observability.alert_notifications
  where notification_id in (
    select notification_id from observability.alert_notifications
    where created_at < now() - make_interval(hours => 24 * $1::integer)
      and coalesce(settled_at, due_at) < now() - make_interval(hours => 24 * $1::integer)
    order by notification_id
    limit $2::integer
    for update skip locked)
  returning notification_id
)
select count(*)::integer as deleted from gone`;

/** Groups of errors that were last seen long ago; what is ignored stays, or it would come back as new. */
export const pruneErrorGroups = `
with gone as (
  delete from observability.error_groups
  where fingerprint in (
    select fingerprint from observability.error_groups
    where state <> 'ignored' and last_seen_at < now() - make_interval(hours => 24 * $1::integer)
    limit $2::integer
    for update skip locked)
  returning fingerprint
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
