import { assertArguments } from '../arguments/assert-arguments.ts';
import type { Metadata } from '../arguments/metadata.ts';
import { activeTrace, currentCorrelationId, generateCorrelationId } from '../context/correlation-id.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { SqlRunner } from '../storage/sql-store.ts';
import { refusalToError } from './move-refusal.ts';
import { checkMove, checkMoves, movesToValues, moveToValues } from './move-values.ts';
import type { CheckedMove } from './move-values.ts';
import { addTransitionEvent } from './transition-event.ts';
import type { TransitionOutcome } from './transition-outcome.ts';
import type { CreateWorkflowInput, TransitionInput, TransitionOptions } from './workflow-input.ts';
import { moveWorkflow, moveWorkflows, selectStoredKeys } from './workflow-moves.sql.ts';
import { workflowNotFound } from './workflow-not-found.ts';
import type { ResolvedWorkflowOptions } from './workflow-options.ts';
import { rowToWorkflowState } from './workflow-row.ts';
import type { MovedRow, WorkflowStateRow } from './workflow-row.ts';
import type { WorkflowState } from './workflow-state.ts';
import { createWorkflowToValues } from './workflow-values.ts';
import type { CallContext, CreateValues } from './workflow-values.ts';
import { insertWorkflow, selectExistingWorkflow } from './workflows.sql.ts';

/** What the calls of a tracker work with. */
export interface WorkflowAccess {
  readonly sql: SqlRunner;
  readonly options: ResolvedWorkflowOptions;
  /** The type of typed calls, which refuse workflows of another; else null. */
  readonly expectedType: string | null;
}

/** Creates a workflow. */
export async function createWorkflow(
  { sql, options }: WorkflowAccess,
  input: CreateWorkflowInput,
): Promise<WorkflowState> {
  const checked = createWorkflowToValues(input, options, callContext(), generateCorrelationId);
  const { rows } = await sql.query<WorkflowStateRow>(insertWorkflow, checked.values);
  if (rows[0] === undefined) {
    return createdBefore(sql, checked);
  }
  addTransitionEvent(rows[0]);
  return rowToWorkflowState(rows[0]);
}

/** Moves a workflow; without a status to the one its definition says, else the one it has. */
export async function moveOne(
  access: WorkflowAccess,
  call: { workflowId: string; phase: string; status: string | undefined; metadata: Metadata | undefined },
  moveOptions: TransitionOptions,
  statusIsOptional: boolean,
): Promise<WorkflowState> {
  assertArguments(moveOptions, 'The options of transition', "{ idempotencyKey: 'payment-42' }");
  const { idempotencyKey, expectedVersion, actor } = moveOptions;
  const move = checkMove(
    { ...call, idempotencyKey, expectedVersion, actor },
    access.options,
    statusIsOptional,
  );
  const values = moveToValues(move, access.options, callContext(), access.expectedType);
  const { rows } = await access.sql.query<MovedRow>(moveWorkflow, values);
  const [outcome] = await settle(access, [move], rows);
  if (outcome === undefined || outcome.outcome === 'refused') {
    throw outcome?.error ?? workflowNotFound(move.workflowId);
  }
  return outcome.state;
}

/** Moves many workflows in one statement. */
export async function moveAll(
  access: WorkflowAccess,
  inputs: readonly TransitionInput[],
): Promise<TransitionOutcome[]> {
  const moves = checkMoves(inputs, access.options);
  if (moves.length === 0) {
    return [];
  }
  const values = movesToValues(moves, access.options, callContext(), access.expectedType);
  const { rows } = await access.sql.query<MovedRow>(moveWorkflows, values);
  return settle(access, moves, rows);
}

async function settle(
  access: WorkflowAccess,
  moves: readonly CheckedMove[],
  rows: readonly MovedRow[],
): Promise<TransitionOutcome[]> {
  const byId = new Map(rows.map((row) => [row.workflow_id, row]));
  await recogniseRepeats(access.sql, moves, byId);
  return moves.map((move): TransitionOutcome => {
    const { workflowId } = move;
    const row = byId.get(workflowId);
    if (row === undefined) {
      return { workflowId, outcome: 'refused', state: null, error: workflowNotFound(workflowId) };
    }
    const state = rowToWorkflowState(row);
    const { definitions } = access.options;
    const error = refusalToError(row, move, { definitions, expectedType: access.expectedType });
    if (error !== undefined) {
      return { workflowId, outcome: 'refused', state, error };
    }
    if (row.outcome === 'moved') {
      addTransitionEvent(row);
    }
    return { workflowId, outcome: row.outcome === 'moved' ? 'moved' : 'repeated', state, error: null };
  });
}

/**
 * A move that was refused may be a repeat all the same: where the first one was committed while the statement waited for the
 * lock, its key could not be seen. A statement of its own sees it.
 */
async function recogniseRepeats(
  sql: SqlRunner,
  moves: readonly CheckedMove[],
  byId: Map<string, MovedRow>,
): Promise<void> {
  const settled: readonly unknown[] = [undefined, 'moved', 'repeated', 'key_of_creation'];
  const refused = moves
    .filter(({ workflowId, key }) => key !== null && !settled.includes(byId.get(workflowId)?.outcome))
    .map(({ workflowId, key }) => ({ workflow_id: workflowId, key }));
  if (refused.length === 0) {
    return;
  }
  const { rows } = await sql.query<{ workflow_id: string }>(selectStoredKeys, [JSON.stringify(refused)]);
  for (const { workflow_id: id } of rows) {
    const row = byId.get(id);
    if (row !== undefined) {
      byId.set(id, { ...row, outcome: 'repeated' });
    }
  }
}

/** A statement of its own: the insert may not see the row it has met, when that was committed after it began. */
async function createdBefore(
  sql: SqlRunner,
  { workflowId, idempotencyKey }: CreateValues,
): Promise<WorkflowState> {
  const existing = await sql.query<WorkflowStateRow & { creation_key: string | null }>(
    selectExistingWorkflow,
    [workflowId],
  );
  const row = existing.rows[0];
  if (row !== undefined && idempotencyKey !== null && row.creation_key === idempotencyKey) {
    return rowToWorkflowState(row);
  }
  throw new ObservabilityError(
    'WORKFLOW_EXISTS',
    `A workflow with the ID ${workflowId} exists already. Move it with transition(), or give another workflowId; a creation that may be repeated needs the idempotencyKey it had the first time.`,
  );
}

function callContext(): CallContext {
  return { traceId: activeTrace()?.traceId ?? null, correlationId: currentCorrelationId() ?? null };
}
