/**
 * How many of the workflows of a type that were created in a range have ever been in each phase, the phases in the order in
 * which they first came: by the step at which they came, then by the time.
 * $1 type, $2 from, $3 to, in epoch milliseconds
 */
export const selectFunnel: string = `
  with started as materialized (
    select s.workflow_id
    from observability.workflow_state s
    where s.workflow_type = $1::text
      and s.created_at >= to_timestamp($2::float8 / 1000) and s.created_at < to_timestamp($3::float8 / 1000)
  ), reached as (
    select t.to_phase, t.workflow_id, min(t.version) as version, min(t.occurred_at) as at
    from started
    join observability.workflow_transitions t on t.workflow_id = started.workflow_id
    group by t.to_phase, t.workflow_id
  )
  select r.to_phase as phase, count(*)::int as workflows, (select count(*)::int from started) as started
  from reached r
  group by r.to_phase
  order by min(r.version), min(r.at), r.to_phase`;

/**
 * Percentiles of the stays that ended in a range, per type and phase.
 * $1 type or null, $2 phase or null, $3 from, $4 to, in epoch milliseconds
 */
export const selectPhaseDurations: string = `
  select s.workflow_type, t.from_phase as phase, count(*)::int as stays,
    percentile_cont(0.5) within group (order by t.stay_ms) as p50_ms,
    percentile_cont(0.95) within group (order by t.stay_ms) as p95_ms,
    max(t.stay_ms) as max_ms
  from observability.workflow_transitions t
  join observability.workflow_state s on s.workflow_id = t.workflow_id
  where t.stay_ms is not null
    and t.occurred_at >= to_timestamp($3::float8 / 1000) and t.occurred_at < to_timestamp($4::float8 / 1000)
    and ($1::text is null or s.workflow_type = $1::text)
    and ($2::text is null or t.from_phase = $2::text)
  group by s.workflow_type, t.from_phase
  order by s.workflow_type, t.from_phase`;

/**
 * What is usual: the same of the latest stays only, so that it costs no more where there are millions.
 * $1 days, $2 stays at most, $3 least stays of a type and phase
 */
export const selectUsualStays: string = `
  with latest as materialized (
    select t.workflow_id, t.from_phase, t.stay_ms
    from observability.workflow_transitions t
    where t.stay_ms is not null and t.occurred_at >= now() - make_interval(hours => 24 * $1::int)
    order by t.occurred_at desc
    limit $2::int
  )
  select s.workflow_type, l.from_phase as phase, count(*)::int as stays,
    percentile_cont(0.5) within group (order by l.stay_ms) as p50_ms,
    percentile_cont(0.95) within group (order by l.stay_ms) as p95_ms
  from latest l
  join observability.workflow_state s on s.workflow_id = l.workflow_id
  group by s.workflow_type, l.from_phase
  having count(*) >= $3::int`;

/**
 * Workflows that have been in their phase for too long, those that came there first before the others: past their deadline,
 * past what is usual for their type and phase, or, where that is not known, past what their definition has as usual. Each way
 * has an index of what is unfinished.
 *
 * $1 array of { workflow_type, phase, after_ms }, $2 type or null, $3 limit
 */
export const selectStuckWorkflows: string = `
  with usual as materialized (
    select u.workflow_type, u.phase, u.after_ms
    from jsonb_to_recordset($1::jsonb) as u (workflow_type text, phase text, after_ms float8)
  ), late as (
    select s.workflow_id
    from observability.workflow_state s
    where s.finished_at is null and least(s.deadline_at, s.unusual_at) < now()
      and (s.deadline_at < now()
           or not exists (select 1 from usual u where u.workflow_type = s.workflow_type and u.phase = s.current_phase))
    union
    select s.workflow_id
    from usual u
    join observability.workflow_state s
      on s.workflow_type = u.workflow_type and s.current_phase = u.phase
      and s.phase_entered_at < now() - make_interval(secs => u.after_ms / 1000)
    where s.finished_at is null
  )
  select s.workflow_id::text, s.workflow_type, s.current_phase, s.status, s.version::int, s.correlation_id::text,
    s.trace_id::text, (extract(epoch from s.phase_entered_at) * 1000)::float8 as phase_entered_at_ms,
    (extract(epoch from s.deadline_at) * 1000)::float8 as deadline_at_ms,
    (extract(epoch from s.unusual_at) * 1000)::float8 as unusual_at_ms,
    (extract(epoch from now()) * 1000)::float8 as now_ms
  from late
  join observability.workflow_state s on s.workflow_id = late.workflow_id
  where $2::text is null or s.workflow_type = $2::text
  order by s.phase_entered_at, s.workflow_id
  limit $3::int`;

/**
 * Fingerprints of open alerts about workflows that have moved on since, or are gone: the phase they were raised for was left, or
 * came again after they were raised. $1 type of the alert, $2 beginning of the fingerprint
 */
export const selectSettledAlerts: string = `
  with open as materialized (
    select a.fingerprint, a.triggered_at, substr(a.fingerprint, length($2::text) + 1, 36) as workflow_id,
      substr(a.fingerprint, length($2::text) + 38) as phase
    from observability.alerts a
    where a.resolved_at is null and a.alert_type = $1::text and starts_with(a.fingerprint, $2::text)
  )
  select o.fingerprint
  from open o
  left join observability.workflow_state s
    on s.workflow_id = case when o.workflow_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then o.workflow_id::uuid end
  where s.workflow_id is null or s.finished_at is not null or s.current_phase <> o.phase
    or s.phase_entered_at > o.triggered_at
  order by o.fingerprint
  limit 1000`;

/** Which of these fingerprints have an open alert already. $1 array of fingerprints */
export const selectOpenFingerprints: string = `
  select a.fingerprint
  from observability.alerts a
  where a.resolved_at is null and a.fingerprint in (select f.value from jsonb_array_elements_text($1::jsonb) f)`;
