import { rawStateColumns, stateColumns } from './workflow-columns.sql.ts';

/**
 * The state and its first transition in one statement; no row where the ID is taken. "on conflict do nothing" and not an
 * error, because an error would abort the transaction of a caller.
 *
 * $1 id, $2 correlation, $3 type, $4 phase, $5 status, $6 metadata, $7 parent, $8 trace, $9 finished, $10 actor, $11 key,
 * $12 milliseconds to the deadline, $13 milliseconds until the stay is unusual
 */
export const insertWorkflow: string = `
  with clock as materialized (
    select clock_timestamp() as at
  ), created as (
    insert into observability.workflow_state as s
      (workflow_id, correlation_id, workflow_type, current_phase, status, created_at, updated_at, finished_at, metadata,
       trace_id, parent_workflow_id, version, phase_entered_at, deadline_at, unusual_at)
    select $1::uuid, $2::text, $3::text, $4::text, $5::text, c.at, c.at, case when $9::boolean then c.at end,
           coalesce($6::jsonb, '{}'::jsonb)
             - array(select e.key from jsonb_each($6::jsonb) e where e.value = 'null'::jsonb),
           $8::text, $7::uuid, 1, c.at,
           case when not $9::boolean then c.at + make_interval(secs => $12::float8 / 1000) end,
           case when not $9::boolean then c.at + make_interval(secs => $13::float8 / 1000) end
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

/** $1 id */
export const selectWorkflow: string = `
  select ${stateColumns}
  from observability.workflow_state s
  where s.workflow_id = $1::uuid`;

// A page goes on behind the workflow that was last on the one before. The order is that of the index.
const conditions = `
    ($1::text is null or s.status = $1::text)
    and ($2::text is null or s.workflow_type = $2::text)
    and ($3::text is null or s.correlation_id = $3::text)
    and ($4::uuid is null or (s.created_at, s.workflow_id)
         < (select p.created_at, p.workflow_id from observability.workflow_state p where p.workflow_id = $4::uuid))`;

const newestFirst = `
  order by s.created_at desc, s.workflow_id desc
  limit $5::int`;

/** $1 status, $2 type, $3 correlation, $4 last ID of the page before, $5 limit */
export const selectWorkflows: string = `
  select ${stateColumns}
  from observability.workflow_state s
  where ${conditions}
  ${newestFirst}`;

/**
 * The same, with $6 what the metadata holds. Materialized, because the planner would else walk through all workflows in the
 * order of their creation, in the hope of finding enough of them soon.
 */
export const selectWorkflowsByMetadata: string = `
  with found as materialized (
    select ${rawStateColumns} from observability.workflow_state s where s.metadata @> $6::jsonb
  )
  select ${stateColumns}
  from found s
  where ${conditions}
  ${newestFirst}`;

/** The same, with $6 what the metadata holds, or null, and $7 the trace in which it was created or moved. */
export const selectWorkflowsByTrace: string = `
  with found as materialized (
    select distinct t.workflow_id from observability.workflow_transitions t where t.trace_id = $7::text
  )
  select ${stateColumns}
  from found
  join observability.workflow_state s on s.workflow_id = found.workflow_id
  where ${conditions} and ($6::jsonb is null or s.metadata @> $6::jsonb)
  ${newestFirst}`;

/** The oldest first. $1 ID of the parent, $2 last ID of the page before, $3 limit */
export const selectChildren: string = `
  select ${stateColumns}
  from observability.workflow_state s
  where s.parent_workflow_id = $1::uuid
    and ($2::uuid is null or (s.created_at, s.workflow_id)
         > (select p.created_at, p.workflow_id from observability.workflow_state p where p.workflow_id = $2::uuid))
  order by s.created_at, s.workflow_id
  limit $3::int`;

/**
 * A workflow, its children, theirs and so on, level by level. The limit stands before the order, so that no more of a large
 * tree is read than is answered; rows come out of the recursion level by level, so what is left out are the deepest.
 * Parents are given by callers, so they may go round in a circle. $1 id, $2 limit
 */
export const selectTree: string = `
  with recursive tree (workflow_id, depth) as (
    select s.workflow_id, 0 from observability.workflow_state s where s.workflow_id = $1::uuid
    union all
    select s.workflow_id, tree.depth + 1
    from tree
    join observability.workflow_state s on s.parent_workflow_id = tree.workflow_id
  ) cycle workflow_id set is_cycle using path,
  kept as (
    select tree.workflow_id, tree.depth from tree where not tree.is_cycle limit $2::int
  )
  select ${stateColumns}
  from kept
  join observability.workflow_state s on s.workflow_id = kept.workflow_id
  order by kept.depth, s.created_at, s.workflow_id`;

/**
 * One row with nulls for a workflow without moves, and no row where the workflow does not exist.
 * $1 id, $2 version after which it begins, $3 limit; null for all
 */
export const selectHistory: string = `
  select s.workflow_id::text, t.version::int, t.from_phase, t.to_phase, t.from_status, t.to_status, t.actor,
    t.trace_id::text, t.correlation_id::text, t.idempotency_key,
    (extract(epoch from t.occurred_at) * 1000)::float8 as occurred_at_ms, t.stay_ms, t.metadata,
    (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms
  from observability.workflow_state s
  left join observability.workflow_transitions t
    on t.workflow_id = s.workflow_id and ($2::int is null or t.version > $2::int)
  where s.workflow_id = $1::uuid
  order by t.version
  limit $3::int`;
