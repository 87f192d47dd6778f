import { silencedUntil } from './silences/silences.sql.ts';

const alertColumns = `
    a.id::int, a.alert_type, a.severity, a.title, a.message, a.state, a.count::int, a.fingerprint, a.metadata,
    a.service_name, a.correlation_id::text, a.trace_id::text,
    (extract(epoch from a.triggered_at) * 1000)::float8 as triggered_at_ms,
    (extract(epoch from a.last_triggered_at) * 1000)::float8 as last_triggered_at_ms,
    (extract(epoch from a.acknowledged_at) * 1000)::float8 as acknowledged_at_ms, a.acknowledged_by, a.acknowledged_note,
    (extract(epoch from a.resolved_at) * 1000)::float8 as resolved_at_ms, a.resolved_by, a.resolved_note,
    a.labels, (extract(epoch from a.silenced_until) * 1000)::float8 as silenced_until_ms, a.is_flapping,
    a.suppressed_count::int`;

const rawAlertColumns = `
      a.id, a.alert_type, a.severity, a.title, a.message, a.state, a.count, a.fingerprint, a.metadata, a.service_name,
      a.correlation_id, a.trace_id, a.triggered_at, a.last_triggered_at, a.acknowledged_at, a.acknowledged_by,
      a.acknowledged_note, a.resolved_at, a.resolved_by, a.resolved_note, a.labels, a.silenced_until, a.is_flapping,
      a.suppressed_count`;

/** The columns of a step, from a row that has `step_from`, `step_at`, `step_actor`, `step_note` and the condition. */
function stepColumns(isChange: string): string {
  return `${alertColumns},
    ${isChange} as is_change, a.step_from as from_state, (extract(epoch from a.step_at) * 1000)::float8 as changed_at_ms,
    a.step_actor as actor, a.step_note as note`;
}

/** Notes the steps of such rows. @param trace a parameter */
function insertEvents(rows: string, trace: string, condition: string): string {
  return `
    insert into observability.alert_events (alert_id, from_state, to_state, actor, note, trace_id, occurred_at)
    select a.id, a.step_from, a.state, a.step_actor, a.step_note, ${trace}::text, a.step_at
    from ${rows} a where ${condition}`;
}

const severityOrder = `array['info', 'warning', 'error', 'critical']`;

const isMoreSevere = `array_position(${severityOrder}, $2::text) > array_position(${severityOrder}, a.severity)`;

// The count stops at the largest integer: an alert that was raised so often must not begin to fail.
const raiseAgain = `
      count = least(a.count::bigint + 1, 2147483647)::int,
      last_triggered_at = greatest(clock_timestamp(), a.last_triggered_at),
      message = coalesce($4::text, a.message),
      metadata = coalesce($5::jsonb, a.metadata),
      severity = case when ${isMoreSevere} then $2::text else a.severity end`;

/**
 * Counts up the open alert of this fingerprint, or the one that was resolved a moment ago, or opens one. The update comes first
 * because an insert that meets a conflict has used up a number of the serial id already: an alert raised a hundred times a
 * second would exhaust it within a year. The insert takes its conflict part only when another process opens the alert at this
 * moment.
 *
 * $1 type, $2 severity, $3 title, $4 message, $5 metadata, $6 fingerprint, $7 service, $8 correlation, $9 trace, $10 cooldown in
 * milliseconds, $11 labels
 */
export const upsertAlert: string = `
  with target as (
    select a.id, a.severity, a.silenced_until from observability.alerts a
    where a.fingerprint = $6::text and a.resolved_at is null
    for update
  ), again as (
    update observability.alerts a set ${raiseAgain},
      silenced_until = ${silencedUntil({ type: 'a.alert_type', severity: `case when ${isMoreSevere} then $2::text else a.severity end`, service: 'a.service_name', title: 'a.title', labels: 'a.labels' })}
    from target t
    where a.id = t.id
    returning ${rawAlertColumns}, a.state as step_from, a.last_triggered_at as step_at, $7::text as step_actor,
      nullif(concat_ws(', ', case when a.severity <> t.severity then 'from ' || t.severity || ' to ' || a.severity end,
        case when t.silenced_until is not null and a.silenced_until is null then 'no longer silenced' end), '') as step_note
  ), cooling as (
    update observability.alerts a set
      suppressed_count = least(a.suppressed_count::bigint + 1, 2147483647)::int,
      last_triggered_at = greatest(clock_timestamp(), a.last_triggered_at)
    where $10::float8 > 0 and not exists (select from target) and a.id = (
      select r.id from observability.alerts r
      where r.fingerprint = $6::text and r.resolved_at > clock_timestamp() - make_interval(secs => $10::float8 / 1000)
      order by r.resolved_at desc
      limit 1)
    returning ${rawAlertColumns}, a.state as step_from, a.last_triggered_at as step_at, $7::text as step_actor,
      null::text as step_note
  ), clock as materialized (
    select clock_timestamp() as at
  ), opened as (
    insert into observability.alerts as a
      (alert_type, severity, title, message, metadata, fingerprint, service_name, correlation_id, trace_id,
       triggered_at, last_triggered_at, labels, silenced_until)
    select $1::text, $2::text, $3::text, coalesce($4::text, ''), coalesce($5::jsonb, '{}'::jsonb), $6::text, $7::text,
           $8::text, $9::text, c.at, c.at, $11::jsonb,
           ${silencedUntil({ type: '$1::text', severity: '$2::text', service: '$7::text', title: '$3::text', labels: '$11::jsonb' })}
    from clock c
    where not exists (select 1 from again) and not exists (select 1 from cooling)
    on conflict (fingerprint) where resolved_at is null do update set ${raiseAgain}
    returning ${rawAlertColumns}, null::text as step_from, a.triggered_at as step_at, $7::text as step_actor,
      null::text as step_note
  ), opening as (${insertEvents('opened', '$9', 'a.count = 1')}
  ), growing as (${insertEvents('again', '$9', 'a.step_note is not null')}
  )
  select ${stepColumns('a.step_note is not null')} from again a
  union all
  select ${stepColumns('false')} from cooling a
  union all
  select ${stepColumns('a.count = 1')} from opened a`;

/**
 * Answers the alert whether it changed or not, and no row where there is none. An alert somebody else has taken on stays
 * theirs; `is_refused` says so.
 *
 * $1 id, $2 by, $3 note, $4 trace
 */
export const acknowledgeAlert: string = `
  with target as (
    select ${rawAlertColumns}, a.state as step_from, a.last_triggered_at as step_at, $2::text as step_actor,
      $3::text as step_note
    from observability.alerts a where a.id = $1::int for update
  ), changed as (
    update observability.alerts a set
      state = 'acknowledged',
      acknowledged_at = coalesce(a.acknowledged_at, clock_timestamp()),
      acknowledged_by = $2::text,
      acknowledged_note = coalesce($3::text, a.acknowledged_note)
    from target t
    where a.id = t.id and t.resolved_at is null and (t.state = 'firing' or t.acknowledged_by = $2::text)
    returning ${rawAlertColumns}, t.state as step_from,
      case when t.state = 'firing' then a.acknowledged_at else clock_timestamp() end as step_at, $2::text as step_actor,
      $3::text as step_note
  ), events as (${insertEvents('changed', '$4', 'a.step_from <> a.state or a.step_note is not null')}
  )
  select ${stepColumns('a.step_from <> a.state')}, false as is_refused from changed a
  union all
  select ${stepColumns('false')}, true as is_refused from target a where not exists (select 1 from changed)`;

const resolveChanged = `
    update observability.alerts a set
      state = 'resolved', resolved_at = clock_timestamp(), resolved_by = $2::text, resolved_note = $3::text,
      is_flapping = false
    from target t
    where a.id = t.id and t.resolved_at is null
    returning ${rawAlertColumns}, t.state as step_from, a.resolved_at as step_at, $2::text as step_actor,
      $3::text as step_note`;

/** Answers the alert whether it changed or not, and no row where there is none. $1 id, $2 by, $3 note, $4 trace */
export const resolveAlert: string = `
  with target as (
    select ${rawAlertColumns}, a.state as step_from, a.last_triggered_at as step_at, $2::text as step_actor,
      $3::text as step_note
    from observability.alerts a where a.id = $1::int for update
  ), changed as (${resolveChanged}
  ), events as (${insertEvents('changed', '$4', 'true')}
  )
  select ${stepColumns('true')} from changed a
  union all
  select ${stepColumns('false')} from target a where not exists (select 1 from changed)`;

/** $1 fingerprint, $2 by, $3 note, $4 trace */
export const resolveOpenAlert: string = `
  with target as (
    select a.id, a.state, a.resolved_at from observability.alerts a
    where a.fingerprint = $1::text and a.resolved_at is null
    for update
  ), changed as (${resolveChanged}
  ), events as (${insertEvents('changed', '$4', 'true')}
  )
  select ${stepColumns('true')} from changed a`;

/**
 * Marks the open alerts that silences match now, and frees those that none matches any more. Answers the freed ones, of which
 * people are to be told. $1 who, $2 trace
 */
export const markSilencedAlerts: string = `
  with wanted as (
    select b.id, b.silenced_until as silenced_before, ${silencedUntil({ type: 'b.alert_type', severity: 'b.severity', service: 'b.service_name', title: 'b.title', labels: 'b.labels' })} as until
    from observability.alerts b
    where b.resolved_at is null
  ), changed as (
    update observability.alerts a set silenced_until = w.until
    from wanted w
    where a.id = w.id and a.resolved_at is null and a.silenced_until is distinct from w.until
    returning ${rawAlertColumns}, a.state as step_from, clock_timestamp() as step_at, $1::text as step_actor,
      case when w.until is null then 'no longer silenced' else 'silenced' end as step_note,
      w.silenced_before is null as is_new
  ), events as (${insertEvents('changed', '$2', 'a.silenced_until is null or a.is_new')}
  )
  select ${stepColumns('true')} from changed a where a.silenced_until is null
  order by a.id`;

/** $1 fingerprint, $2 whether its condition changes again and again */
export const markFlappingAlert: string = `
  update observability.alerts set is_flapping = $2::boolean
  where fingerprint = $1::text and resolved_at is null`;

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

/** The steps of an alert, one row of nulls where it has none, and none where there is no alert. $1 id */
export const selectAlertEvents: string = `
  select e.event_id::text as event_id, e.from_state, e.to_state, e.actor, e.note, e.trace_id::text,
    (extract(epoch from e.occurred_at) * 1000)::float8 as occurred_at_ms
  from observability.alerts a
  left join observability.alert_events e on e.alert_id = a.id
  where a.id = $1::int
  order by e.event_id`;

/** $1 name, $2 service */
export const upsertHeartbeat: string = `
  insert into observability.alert_heartbeats as h (name, last_at, service_name)
  values ($1::text, clock_timestamp(), $2::text)
  on conflict (name) do update set last_at = greatest(clock_timestamp(), h.last_at), service_name = excluded.service_name`;
