import { rawStateColumns, stateColumns } from './workflow-columns.sql.ts';

/** A move, out of the parameters. */
const oneMove = `
    select 0 as position, $1::uuid as workflow_id, $2::text as phase, $3::text as status, $4::jsonb as metadata,
           $5::text as key, $6::int as expected_version, $7::text as actor`;

/** Many, out of one parameter. */
const manyMoves = `
    select position, workflow_id, phase, status, metadata, key, expected_version, actor
    from jsonb_to_recordset($1::jsonb) as given
      (position int, workflow_id uuid, phase text, status text, metadata jsonb, key text, expected_version int, actor text)`;

/** Numbers of the parameters that all moves of a statement share. */
type MoveParameters = Readonly<Record<'trace' | 'correlation' | 'rules' | 'type', string>>;

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
function moveStatement(items: string, parameters: MoveParameters): string {
  return `
  ${judgedMoves(items, parameters)}
  ${madeMoves(parameters)}
  ${answeredMoves}`;
}

function judgedMoves(items: string, { rules, type }: MoveParameters): string {
  return `with items as (${items}
  ), locked as (
    select ${rawStateColumns}, s.unusual_at, i.position, i.phase as new_phase, i.status as given_status,
      i.metadata as given_metadata, i.key, i.expected_version, i.actor, ${rules}::jsonb -> i.phase -> s.workflow_type as rule
    from items i
    join observability.workflow_state s on s.workflow_id = i.workflow_id
    order by s.workflow_id
    for update of s
  ), timed as (
    select s.*, greatest(clock_timestamp(), s.updated_at) as at, coalesce(s.given_status, s.rule ->> 'status', s.status) as new_status
    from locked s
  ), judged as materialized (
    select s.*, f.finishes, s.new_phase <> s.current_phase or s.finished_at is not null as enters,
      case
        when s.workflow_type <> ${type}::text then 'wrong_type'
        when s.version <> s.expected_version then 'version_conflict'
        when s.rule is null then null
        when not jsonb_exists(s.rule -> 'from', s.current_phase) then 'phase_not_allowed'
        when (s.rule -> 'terminal')::boolean and s.new_status <> s.rule ->> 'status' then 'status_not_allowed'
        when f.finishes and not (s.rule -> 'terminal')::boolean then 'status_not_allowed'
      end as refusal
    from timed s, lateral (select s.new_status in ('completed', 'failed', 'cancelled') as finishes) f
  ),`;
}

function madeMoves({ trace, correlation }: MoveParameters): string {
  return `noted as (
    insert into observability.workflow_transitions as t
      (workflow_id, version, from_phase, to_phase, from_status, to_status, actor, trace_id, correlation_id,
       idempotency_key, occurred_at, stay_ms, metadata)
    select s.workflow_id, s.version + 1, s.current_phase, s.new_phase, s.status, s.new_status, s.actor, ${trace}::text,
           coalesce(${correlation}::text, s.correlation_id), s.key, s.at,
           case when s.finished_at is null and (s.enters or s.finishes)
                then extract(epoch from s.at - s.phase_entered_at)::float8 * 1000 end,
           s.given_metadata
    from judged s
    where s.refusal is null
    on conflict (workflow_id, idempotency_key) where idempotency_key is not null do nothing
    returning t.workflow_id, t.version
  ), moved as (
    update observability.workflow_state s set
      current_phase = j.new_phase,
      status = j.new_status,
      version = n.version,
      updated_at = j.at,
      phase_entered_at = case when j.enters then j.at else j.phase_entered_at end,
      deadline_at = case when j.finishes then null
                         when j.enters then least(j.at + make_interval(secs => (j.rule ->> 'deadline_ms')::float8 / 1000),
                                                  j.created_at + make_interval(secs => (j.rule ->> 'whole_deadline_ms')::float8 / 1000))
                         else j.deadline_at end,
      unusual_at = case when j.finishes then null
                        when j.enters then j.at + make_interval(secs => (j.rule ->> 'unusual_after_ms')::float8 / 1000)
                        else j.unusual_at end,
      finished_at = case when not j.finishes then null
                         when j.status = j.new_status then coalesce(j.finished_at, j.at)
                         else j.at end,
      metadata = (j.metadata || coalesce(j.given_metadata, '{}'::jsonb))
        - array(select e.key from jsonb_each(j.given_metadata) e where e.value = 'null'::jsonb)
    from noted n
    join judged j on j.workflow_id = n.workflow_id
    where s.workflow_id = n.workflow_id
    returning ${rawStateColumns}, j.position, j.current_phase as from_phase
  )`;
}

const answeredMoves = `select ${stateColumns}, s.position, s.from_phase, 'moved' as outcome
  from moved s
  union all
  select ${stateColumns}, s.position, null as from_phase,
    case when exists (select 1 from observability.workflow_transitions t
                      where t.workflow_id = s.workflow_id and t.version = 1 and t.idempotency_key = s.key) then 'key_of_creation'
         when s.refusal is null
           or exists (select 1 from observability.workflow_transitions t
                      where t.workflow_id = s.workflow_id and t.idempotency_key = s.key) then 'repeated'
         else s.refusal end as outcome
  from judged s
  where not exists (select 1 from noted n where n.workflow_id = s.workflow_id)`;

/**
 * One move:
 * $1 id, $2 phase, $3 status or null, $4 metadata, $5 key, $6 expected version, $7 actor,
 * $8 trace, $9 correlation, $10 rules, $11 expected type
 *
 * See {@link moveStatement}.
 */
export const moveWorkflow: string = moveStatement(oneMove, {
  trace: '$8',
  correlation: '$9',
  rules: '$10',
  type: '$11',
});

/**
 * Many moves, each of another workflow: $1 array of { position, workflow_id, phase, status, metadata, key, expected_version,
 * actor }, $2 trace, $3 correlation, $4 rules, $5 expected type
 *
 * See {@link moveStatement}.
 */
export const moveWorkflows: string = moveStatement(manyMoves, {
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
