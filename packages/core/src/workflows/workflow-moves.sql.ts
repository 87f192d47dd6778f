import { rawStateColumns, stateColumns } from './workflow-columns.sql.ts';

/** Where the moves of a statement come from, and the numbers of the parameters they share. */
interface MoveSource {
  /** What is given of a move besides its workflow, as columns. */
  readonly given: string;
  /** The rows to be locked, after `from`. */
  readonly from: string;
  readonly trace: string;
  readonly correlation: string;
  readonly rules: string;
  readonly type: string;
}

/**
 * Moves workflows, each as its rules allow, and answers one row for each that exists: `outcome` is `moved`, `repeated` (its key
 * is stored already), `key_of_creation`, or why it was refused: `wrong_type`, `version_conflict`, `phase_not_allowed`,
 * `status_not_allowed`. The row has the state as it is now.
 *
 * The row lock makes moves of one workflow queue up, and what is judged is the row under the lock, so a move that was made
 * meanwhile cannot slip through. Locks are taken in the order of the IDs, so that two bulks never wait for each other. The
 * transition is written before the state, so that a repeated key (which another transaction may have stored after this
 * statement began, invisible to it) ends the move without a gap in the versions. The clock is read under the lock: times
 * never run against the versions.
 *
 * A stay in a phase begins when the phase is entered, or when a finished workflow is taken up again, and ends when the phase
 * is left or the workflow finishes.
 */
function moveStatement(source: MoveSource): string {
  return `
  ${judgedMoves(source)}
  ${notedMoves(source)}
  ${movedWorkflows}
  ${answeredMoves}`;
}

// Judged apart from the lock: a select reads its clock before it waits for the row.
function judgedMoves({ given, from, rules, type }: MoveSource): string {
  return `with locked as (
    select ${rawStateColumns}, ${given}
    from ${from}
    for update of s
  ), judged as materialized (
    select s.*, greatest(clock_timestamp(), s.updated_at) as at,
      coalesce(s.given_status, r.rule ->> 'status', s.status) as new_status,
      case
        when s.workflow_type <> ${type}::text then 'wrong_type'
        when s.version <> s.expected_version then 'version_conflict'
        when r.rule is null then null
        when not jsonb_exists(r.rule -> 'from', s.current_phase) then 'phase_not_allowed'
        when (r.rule -> 'terminal')::boolean then
          case when s.given_status <> r.rule ->> 'status' then 'status_not_allowed' end
        when s.given_status in ('completed', 'failed', 'cancelled') then 'status_not_allowed'
      end as refusal
    from locked s, lateral (select ${rules}::jsonb -> s.new_phase -> s.workflow_type as rule) r
  ),`;
}

function notedMoves({ trace, correlation, rules }: MoveSource): string {
  return `noted as (
    insert into observability.workflow_transitions as t
      (workflow_id, version, from_phase, to_phase, from_status, to_status, actor, trace_id, correlation_id,
       idempotency_key, occurred_at, stay_ms, metadata)
    select s.workflow_id, s.version + 1, s.current_phase, s.new_phase, s.status, s.new_status, s.actor, ${trace}::text,
           coalesce(${correlation}::text, s.correlation_id), s.key, s.at,
           case when s.finished_at is null
                 and (s.new_phase <> s.current_phase or s.new_status in ('completed', 'failed', 'cancelled'))
                then extract(epoch from s.at - s.phase_entered_at)::float8 * 1000 end,
           s.given_metadata
    from judged s
    where s.refusal is null
    on conflict (workflow_id, idempotency_key) where idempotency_key is not null do nothing
    returning t.workflow_id, t.version, t.from_phase, t.to_phase, t.to_status, t.occurred_at as at, t.metadata,
      t.to_status in ('completed', 'failed', 'cancelled') as finishes, ${rules}::jsonb -> t.to_phase as rules
  ),`;
}

// A stay that goes on keeps its limits.
const movedWorkflows = `moved as (
    update observability.workflow_state s set
      current_phase = n.to_phase,
      status = n.to_status,
      version = n.version,
      updated_at = n.at,
      phase_entered_at = case when n.to_phase <> s.current_phase or s.finished_at is not null then n.at
                              else s.phase_entered_at end,
      deadline_at = case when n.finishes then null
                         when n.to_phase <> s.current_phase or s.finished_at is not null then
                           least(n.at + make_interval(secs => (n.rules -> s.workflow_type ->> 'deadline_ms')::float8 / 1000),
                                 s.created_at + make_interval(secs => (n.rules -> s.workflow_type ->> 'whole_deadline_ms')::float8 / 1000))
                         else s.deadline_at end,
      unusual_at = case when n.finishes then null
                        when n.to_phase <> s.current_phase or s.finished_at is not null then
                          n.at + make_interval(secs => (n.rules -> s.workflow_type ->> 'unusual_after_ms')::float8 / 1000)
                        else s.unusual_at end,
      finished_at = case when not n.finishes then null
                         when s.status = n.to_status then coalesce(s.finished_at, n.at)
                         else n.at end,
      metadata = (s.metadata || coalesce(n.metadata, '{}'::jsonb))
        - array(select e.key from jsonb_each(n.metadata) e where e.value = 'null'::jsonb)
    from noted n
    where s.workflow_id = n.workflow_id
    returning ${rawStateColumns}, n.from_phase
  )`;

const answeredMoves = `select ${stateColumns}, s.from_phase, 'moved' as outcome
  from moved s
  union all
  select ${stateColumns}, null as from_phase,
    coalesce((select case when t.version = 1 then 'key_of_creation' else 'repeated' end
              from observability.workflow_transitions t
              where t.workflow_id = s.workflow_id and t.idempotency_key = s.key),
             s.refusal, 'repeated') as outcome
  from judged s
  where not exists (select 1 from noted n where n.workflow_id = s.workflow_id)`;

/**
 * One move:
 * $1 id, $2 phase, $3 status or null, $4 metadata, $5 key, $6 expected version, $7 actor,
 * $8 trace, $9 correlation, $10 rules, $11 expected type
 *
 * See {@link moveStatement}.
 */
export const moveWorkflow: string = moveStatement({
  given: `$2::text as new_phase, $3::text as given_status, $4::jsonb as given_metadata, $5::text as key,
      $6::int as expected_version, $7::text as actor`,
  from: 'observability.workflow_state s where s.workflow_id = $1::uuid',
  trace: '$8',
  correlation: '$9',
  rules: '$10',
  type: '$11',
});

/**
 * Many moves, each of another workflow: $1 array of { workflow_id, phase, status, metadata, key, expected_version, actor },
 * $2 trace, $3 correlation, $4 rules, $5 expected type
 *
 * See {@link moveStatement}.
 */
export const moveWorkflows: string = moveStatement({
  given: `i.phase as new_phase, i.status as given_status, i.metadata as given_metadata, i.key, i.expected_version, i.actor`,
  from: `jsonb_to_recordset($1::jsonb) as i
      (workflow_id uuid, phase text, status text, metadata jsonb, key text, expected_version int, actor text)
    join observability.workflow_state s on s.workflow_id = i.workflow_id
    order by s.workflow_id`,
  trace: '$2',
  correlation: '$3',
  rules: '$4',
  type: '$5',
});

/**
 * Which of these keys are stored, for moves that were refused: another transaction may have stored the same key while the
 * statement waited for the lock, which it cannot see. $1 array of { workflow_id, key }
 */
export const selectStoredKeys: string = `
  select t.workflow_id::text, t.version::int
  from jsonb_to_recordset($1::jsonb) as given (workflow_id uuid, key text)
  join observability.workflow_transitions t on t.workflow_id = given.workflow_id and t.idempotency_key = given.key`;
