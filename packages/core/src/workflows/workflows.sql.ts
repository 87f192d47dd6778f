// Timestamps and numbers are cast so that every driver answers the same type.
const stateColumns = `
    s.workflow_id::text, s.correlation_id::text, s.workflow_type, s.current_phase, s.status, s.version::int,
    (extract(epoch from s.created_at) * 1000)::float8 as created_at_ms,
    (extract(epoch from s.updated_at) * 1000)::float8 as updated_at_ms,
    (extract(epoch from s.finished_at) * 1000)::float8 as finished_at_ms,
    s.metadata, s.trace_id::text, s.parent_workflow_id::text`;

const rawStateColumns = `
      s.workflow_id, s.correlation_id, s.workflow_type, s.current_phase, s.status, s.version, s.created_at, s.updated_at,
      s.finished_at, s.metadata, s.trace_id, s.parent_workflow_id`;

/**
 * The state and its first transition in one statement; no row where the ID is taken. "on conflict do nothing" and not an
 * error, because an error would abort the transaction of a caller.
 *
 * $1 id, $2 correlation, $3 type, $4 phase, $5 status, $6 metadata, $7 parent, $8 trace, $9 finished, $10 actor, $11 key
 */
export const insertWorkflow: string = `
  with clock as materialized (
    select clock_timestamp() as at
  ), created as (
    insert into observability.workflow_state as s
      (workflow_id, correlation_id, workflow_type, current_phase, status, created_at, updated_at, finished_at, metadata,
       trace_id, parent_workflow_id, version)
    select $1::uuid, $2::text, $3::text, $4::text, $5::text, c.at, c.at, case when $9::boolean then c.at end,
           coalesce($6::jsonb, '{}'::jsonb)
             - array(select e.key from jsonb_each($6::jsonb) e where e.value = 'null'::jsonb),
           $8::text, $7::uuid, 1
    from clock c
    on conflict (workflow_id) do nothing
    returning ${rawStateColumns}
  ), noted as (
    insert into observability.workflow_transitions
      (workflow_id, version, to_phase, to_status, actor, trace_id, correlation_id, idempotency_key, occurred_at, metadata)
    select s.workflow_id, s.version, s.current_phase, s.status, $10::text, s.trace_id, s.correlation_id, $11::text,
           s.created_at, $6::jsonb
    from created s
  )
  select ${stateColumns}
  from created s`;

/** The workflow that has the ID already, with the key it was created with. $1 id */
export const selectExistingWorkflow: string = `
  select ${stateColumns}, t.idempotency_key as creation_key
  from observability.workflow_state s
  left join observability.workflow_transitions t on t.workflow_id = s.workflow_id and t.version = 1
  where s.workflow_id = $1::uuid`;

/**
 * One move. The row lock makes moves of one workflow queue up, and the transition is written before the state, so that a
 * repeated key (which another transaction may have stored after this statement began, invisible to it) ends the move
 * without a gap in the versions. The clock is read under the lock: times never run against the versions.
 *
 * Answers one row with what the state is now, and no row where the workflow does not exist.
 *
 * $1 id, $2 phase, $3 status, $4 metadata, $5 trace, $6 correlation, $7 finished, $8 actor, $9 key
 */
export const moveWorkflow: string = `
  with locked as (
    select ${rawStateColumns}
    from observability.workflow_state s
    where s.workflow_id = $1::uuid
    for update
  ), noted as (
    insert into observability.workflow_transitions as t
      (workflow_id, version, from_phase, to_phase, from_status, to_status, actor, trace_id, correlation_id,
       idempotency_key, occurred_at, metadata)
    select s.workflow_id, s.version + 1, s.current_phase, $2::text, s.status, $3::text, $8::text, $5::text,
           coalesce($6::text, s.correlation_id), $9::text, greatest(clock_timestamp(), s.updated_at), $4::jsonb
    from locked s
    on conflict (workflow_id, idempotency_key) where idempotency_key is not null do nothing
    returning t.workflow_id, t.version, t.occurred_at
  ), moved as (
    update observability.workflow_state s set
      current_phase = $2::text,
      status = $3::text,
      version = n.version,
      updated_at = n.occurred_at,
      finished_at = case when not $7::boolean then null
                         when s.status = $3::text then coalesce(s.finished_at, n.occurred_at)
                         else n.occurred_at end,
      metadata = (s.metadata || coalesce($4::jsonb, '{}'::jsonb))
        - array(select e.key from jsonb_each($4::jsonb) e where e.value = 'null'::jsonb)
    from noted n
    where s.workflow_id = n.workflow_id
    returning ${rawStateColumns}
  )
  select ${stateColumns}, false as key_of_creation
  from moved s
  union all
  select ${stateColumns},
    exists (select 1 from observability.workflow_transitions t
            where t.workflow_id = s.workflow_id and t.version = 1 and t.idempotency_key = $9::text) as key_of_creation
  from locked s
  where not exists (select 1 from noted)`;

/** $1 id */
export const selectWorkflow: string = `
  select ${stateColumns}
  from observability.workflow_state s
  where s.workflow_id = $1::uuid`;

/** $1 status, $2 type, $3 correlation, $4 limit */
export const selectWorkflows: string = `
  select ${stateColumns}
  from observability.workflow_state s
  where ($1::text is null or s.status = $1::text)
    and ($2::text is null or s.workflow_type = $2::text)
    and ($3::text is null or s.correlation_id = $3::text)
  order by s.created_at desc, s.workflow_id desc
  limit $4::int`;

/** One row with nulls for a workflow without moves, and no row where the workflow does not exist. $1 id */
export const selectHistory: string = `
  select s.workflow_id::text, t.version::int, t.from_phase, t.to_phase, t.from_status, t.to_status, t.actor,
    t.trace_id::text, t.correlation_id::text, t.idempotency_key,
    (extract(epoch from t.occurred_at) * 1000)::float8 as occurred_at_ms, t.metadata
  from observability.workflow_state s
  left join observability.workflow_transitions t on t.workflow_id = s.workflow_id
  where s.workflow_id = $1::uuid
  order by t.version`;
