/** States of rules, and the time. $1 service, empty for none */
export const selectRuleStates: string = `
  select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms, s.fingerprint, s.rule, s.labels::text as labels,
    s.state, s.is_breached, s.is_flapping, s.changes_ms::text as changes_ms,
    (extract(epoch from s.since) * 1000)::float8 as since_ms,
    (extract(epoch from s.breach_changed_at) * 1000)::float8 as breach_changed_at_ms,
    (extract(epoch from s.refreshed_at) * 1000)::float8 as refreshed_at_ms
  from (select 1) one
  left join observability.alert_rule_state s
    on s.service_name = $1::text and (s.state <> 'ok' or s.refreshed_at > clock_timestamp() - interval '2 days')`;

/** Stores the states of groups: $1 an array of them as JSON, $2 fence or null */
export const upsertRuleStates: string = `
  insert into observability.alert_rule_state
    (fingerprint, service_name, rule, labels, state, since, is_breached, is_flapping, breach_changed_at, refreshed_at,
     changes_ms, value, fence)
  select r.fingerprint, r.service_name, r.rule, r.labels, r.state, to_timestamp(r.since_ms / 1000), r.is_breached,
    r.is_flapping, to_timestamp(r.breach_changed_at_ms / 1000), to_timestamp(r.refreshed_at_ms / 1000), r.changes_ms, r.value,
    $2::bigint
  from jsonb_to_recordset($1::jsonb) as r(
    fingerprint text, service_name text, rule text, labels jsonb, state text, since_ms float8, is_breached boolean,
    is_flapping boolean, breach_changed_at_ms float8, refreshed_at_ms float8, changes_ms jsonb, value float8)
  on conflict (fingerprint) do update set
    rule = excluded.rule, labels = excluded.labels, state = excluded.state, since = excluded.since,
    is_breached = excluded.is_breached, is_flapping = excluded.is_flapping, breach_changed_at = excluded.breach_changed_at,
    refreshed_at = excluded.refreshed_at, changes_ms = excluded.changes_ms, value = excluded.value, fence = excluded.fence`;
