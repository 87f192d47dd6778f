const alertColumns = `
    a.id::int, a.alert_type, a.severity, a.title, a.message, a.state, a.count::int, a.fingerprint, a.metadata,
    a.service_name, a.correlation_id::text, a.trace_id::text,
    (extract(epoch from a.triggered_at) * 1000)::float8 as triggered_at_ms,
    (extract(epoch from a.last_triggered_at) * 1000)::float8 as last_triggered_at_ms,
    (extract(epoch from a.acknowledged_at) * 1000)::float8 as acknowledged_at_ms, a.acknowledged_by, a.acknowledged_note,
    (extract(epoch from a.resolved_at) * 1000)::float8 as resolved_at_ms, a.resolved_by, a.resolved_note`;

const rawAlertColumns = `
      a.id, a.alert_type, a.severity, a.title, a.message, a.state, a.count, a.fingerprint, a.metadata, a.service_name,
      a.correlation_id, a.trace_id, a.triggered_at, a.last_triggered_at, a.acknowledged_at, a.acknowledged_by,
      a.acknowledged_note, a.resolved_at, a.resolved_by, a.resolved_note`;

const severityOrder = `array['info', 'warning', 'error', 'critical']`;

// The count stops at the largest integer: an alert that was raised so often must not begin to fail.
const raiseAgain = `
      count = least(a.count::bigint + 1, 2147483647)::int,
      last_triggered_at = greatest(clock_timestamp(), a.last_triggered_at),
      message = coalesce($4::text, a.message),
      metadata = coalesce($5::jsonb, a.metadata),
      severity = case when array_position(${severityOrder}, $2::text) > array_position(${severityOrder}, a.severity)
                      then $2::text else a.severity end`;

/**
 * Counts up the open alert of this fingerprint, or opens one. The update comes first because an insert that meets a conflict
 * has used up a number of the serial id already: an alert raised a hundred times a second would exhaust it within a year.
 * The insert takes its conflict part only when another process opens the alert at this moment.
 *
 * $1 type, $2 severity, $3 title, $4 message, $5 metadata, $6 fingerprint, $7 service, $8 correlation, $9 trace
 */
export const upsertAlert: string = `
  with before as (
    select b.id, b.severity from observability.alerts b
    where b.fingerprint = $6::text and b.resolved_at is null
    for update
  ), again as (
    update observability.alerts a set ${raiseAgain}
    from before
    where a.id = before.id
    returning ${rawAlertColumns}, before.severity as previous_severity
  ), clock as materialized (
    select clock_timestamp() as at
  ), opened as (
    insert into observability.alerts as a
      (alert_type, severity, title, message, metadata, fingerprint, service_name, correlation_id, trace_id,
       triggered_at, last_triggered_at)
    select $1::text, $2::text, $3::text, coalesce($4::text, ''), coalesce($5::jsonb, '{}'::jsonb), $6::text, $7::text,
           $8::text, $9::text, c.at, c.at
    from clock c
    where not exists (select 1 from again)
    on conflict (fingerprint) where resolved_at is null do update set ${raiseAgain}
    returning ${rawAlertColumns}
  )
  select ${alertColumns}, a.previous_severity from again a
  union all
  select ${alertColumns}, null from opened a`;

/**
 * Answers the alert whether it changed or not, and no row where there is none. An alert somebody else has taken on stays
 * theirs.
 *
 * $1 id, $2 by, $3 note
 */
export const acknowledgeAlert: string = `
  with target as (
    select ${rawAlertColumns} from observability.alerts a where a.id = $1::int for update
  ), changed as (
    update observability.alerts a set
      state = 'acknowledged',
      acknowledged_at = coalesce(a.acknowledged_at, clock_timestamp()),
      acknowledged_by = $2::text,
      acknowledged_note = coalesce($3::text, a.acknowledged_note)
    from target t
    where a.id = t.id and t.resolved_at is null and (t.state = 'firing' or t.acknowledged_by = $2::text)
    returning ${rawAlertColumns}, t.state as previous_state
  )
  select ${alertColumns}, true as changed, a.previous_state from changed a
  union all
  select ${alertColumns}, false as changed, null from target a where not exists (select 1 from changed)`;

/** Answers the alert whether it changed or not, and no row where there is none. $1 id, $2 by, $3 note */
export const resolveAlert: string = `
  with target as (
    select ${rawAlertColumns} from observability.alerts a where a.id = $1::int for update
  ), changed as (
    update observability.alerts a set
      state = 'resolved', resolved_at = clock_timestamp(), resolved_by = $2::text, resolved_note = $3::text
    from target t
    where a.id = t.id and t.resolved_at is null
    returning ${rawAlertColumns}, t.state as previous_state
  )
  select ${alertColumns}, a.previous_state from changed a
  union all
  select ${alertColumns}, null from target a where not exists (select 1 from changed)`;

/** $1 fingerprint, $2 by, $3 note */
export const resolveOpenAlert: string = `
  with target as (
    select a.id, a.state from observability.alerts a
    where a.fingerprint = $1::text and a.resolved_at is null
    for update
  )
  update observability.alerts a set
    state = 'resolved', resolved_at = clock_timestamp(), resolved_by = $2::text, resolved_note = $3::text
  from target t
  where a.id = t.id
  returning ${alertColumns}, t.state as previous_state`;

/** $1 id */
export const selectAlert: string = `
  select ${alertColumns}
  from observability.alerts a
  where a.id = $1::int`;

/** $1 severity, $2 state, $3 type, $4 limit */
export const selectAlerts: string = `
  select ${alertColumns}
  from observability.alerts a
  where ($1::text is null or a.severity = $1::text)
    and ($2::text is null or a.state = $2::text)
    and ($3::text is null or a.alert_type = $3::text)
  order by a.triggered_at desc, a.id desc
  limit $4::int`;
