const groupColumns = `
    g.fingerprint, g.service_name, g.exception_type, g.message, g.culprit, g.count::float8, g.last_trace_id::text, g.state,
    g.state_changed_by, g.state_note, g.regression_count::int,
    (extract(epoch from g.first_seen_at) * 1000)::float8 as first_seen_at_ms,
    (extract(epoch from g.last_seen_at) * 1000)::float8 as last_seen_at_ms,
    (extract(epoch from g.state_changed_at) * 1000)::float8 as state_changed_at_ms,
    (extract(epoch from g.created_at) * 1000)::float8 as created_at_ms`;

/**
 * Adds counts to their groups. In the order of the fingerprints, so that two processes do not wait for each other. What was resolved
 * and is seen after that is open again; what was seen before and stored late is not.
 *
 * $1 rows as a JSON array
 */
export const upsertErrorGroups: string = `
  insert into observability.error_groups as g
    (fingerprint, service_name, exception_type, message, culprit, first_seen_at, last_seen_at, count, last_trace_id,
     state_changed_at)
  select r.fingerprint, r.service_name, r.exception_type, r.message, r.culprit,
         to_timestamp(r.first_seen_ms / 1000), to_timestamp(r.last_seen_ms / 1000), r.count, r.last_trace_id,
         clock_timestamp()
  from jsonb_to_recordset($1::jsonb) as r (
    fingerprint text, service_name text, exception_type text, message text, culprit text, first_seen_ms float8,
    last_seen_ms float8, count bigint, last_trace_id text)
  order by r.fingerprint
  on conflict (fingerprint) do update set
    count = g.count + excluded.count,
    first_seen_at = least(g.first_seen_at, excluded.first_seen_at),
    last_trace_id = case when excluded.last_seen_at >= g.last_seen_at
                         then coalesce(excluded.last_trace_id, g.last_trace_id) else g.last_trace_id end,
    last_seen_at = greatest(g.last_seen_at, excluded.last_seen_at),
    state = case when g.state = 'resolved' and excluded.last_seen_at > g.state_changed_at then 'open' else g.state end,
    regression_count = g.regression_count
      + case when g.state = 'resolved' and excluded.last_seen_at > g.state_changed_at then 1 else 0 end,
    state_changed_by = case when g.state = 'resolved' and excluded.last_seen_at > g.state_changed_at
                            then null else g.state_changed_by end,
    state_note = case when g.state = 'resolved' and excluded.last_seen_at > g.state_changed_at
                      then null else g.state_note end,
    state_changed_at = case when g.state = 'resolved' and excluded.last_seen_at > g.state_changed_at
                            then clock_timestamp() else g.state_changed_at end`;

/** $1 since in epoch ms, $2 state, $3 service, $4 limit */
export const selectErrorGroups: string = `
  select ${groupColumns}
  from observability.error_groups g
  where ($1::float8 is null or g.last_seen_at >= to_timestamp($1::float8 / 1000))
    and ($2::text is null or g.state = $2::text)
    and ($3::text is null or g.service_name = $3::text)
  order by g.last_seen_at desc, g.fingerprint
  limit $4::integer`;

/** $1 fingerprint */
export const selectErrorGroup: string = `
  select ${groupColumns}
  from observability.error_groups g
  where g.fingerprint = $1::text`;

/** $1 fingerprint, $2 state, $3 by, $4 note */
export const changeErrorGroup: string = `
  update observability.error_groups g set
    state = $2::text, state_changed_at = clock_timestamp(), state_changed_by = $3::text, state_note = $4::text
  where g.fingerprint = $1::text
  returning ${groupColumns}`;

/** What was first stored since then, or is back. $1 since in epoch ms, $2 limit, $3 service */
export const selectNewErrors: string = `
  select ${groupColumns}
  from observability.error_groups g
  where g.state = 'open'
    and ($3::text is null or g.service_name = $3::text)
    and (g.created_at >= to_timestamp($1::float8 / 1000)
      or (g.regression_count > 0 and g.state_changed_by is null
          and g.state_changed_at >= to_timestamp($1::float8 / 1000)))
  order by greatest(g.created_at, g.state_changed_at), g.fingerprint
  limit $2::integer`;
