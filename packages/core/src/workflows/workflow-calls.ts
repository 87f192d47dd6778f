import type { Metadata } from '../arguments/metadata.ts';
import { activeTrace, currentCorrelationId, generateCorrelationId } from '../context/correlation-id.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { SqlRunner } from '../storage/sql-store.ts';
import { toWorkflowId } from './workflow-id.ts';
import type { CreateWorkflowInput, TransitionOptions, WorkflowFilter } from './workflow-input.ts';
import type { ResolvedWorkflowOptions } from './workflow-options.ts';
import { rowsToWorkflowTransitions, rowToWorkflowState } from './workflow-row.ts';
import type { WorkflowStateRow, WorkflowTransitionRow } from './workflow-row.ts';
import type { WorkflowState, WorkflowTransition } from './workflow-state.ts';
import { createWorkflowToValues, transitionToValues, workflowFilterToValues } from './workflow-values.ts';
import type { CallContext, CreateValues } from './workflow-values.ts';
import {
  insertWorkflow,
  moveWorkflow,
  selectExistingWorkflow,
  selectHistory,
  selectWorkflow,
  selectWorkflows,
} from './workflows.sql.ts';

/** What can be done with workflows: on the tracker itself, or within a transaction of the caller. */
export interface WorkflowCalls {
  /** See `WorkflowStateTracker.createWorkflow`. */
  createWorkflow(input: CreateWorkflowInput): Promise<WorkflowState>;
  /** See `WorkflowStateTracker.transition`. */
  transition(
    workflowId: string,
    newPhase: string,
    status: string,
    metadata?: Metadata,
    options?: TransitionOptions,
  ): Promise<WorkflowState>;
  /** See `WorkflowStateTracker.getWorkflow`. */
  getWorkflow(workflowId: string): Promise<WorkflowState | null>;
  /** See `WorkflowStateTracker.listWorkflows`. */
  listWorkflows(filter?: WorkflowFilter): Promise<WorkflowState[]>;
  /** See `WorkflowStateTracker.history`. */
  history(workflowId: string): Promise<WorkflowTransition[]>;
}

/** The calls over one runner: the store of the tracker, or the caller's transaction. */
export function createWorkflowCalls(sql: SqlRunner, options: ResolvedWorkflowOptions): WorkflowCalls {
  // Each is async and checks its arguments before it waits: a bad one rejects, and later changes to an object do no harm.
  return {
    createWorkflow: async (input) =>
      createOnce(sql, createWorkflowToValues(input, options, callContext(), generateCorrelationId)),
    transition: async (workflowId, phase, status, metadata, moveOptions = {}) =>
      move(
        sql,
        transitionToValues(
          { workflowId, phase, status, metadata, options: moveOptions },
          options,
          callContext(),
        ),
      ),
    getWorkflow: async (workflowId) => {
      const { rows } = await sql.query<WorkflowStateRow>(selectWorkflow, [toWorkflowId(workflowId)]);
      return rows[0] === undefined ? null : rowToWorkflowState(rows[0]);
    },
    listWorkflows: async (filter = {}) => {
      const { rows } = await sql.query<WorkflowStateRow>(selectWorkflows, workflowFilterToValues(filter));
      return rows.map(rowToWorkflowState);
    },
    history: async (workflowId) => readHistory(sql, toWorkflowId(workflowId)),
  };
}

async function createOnce(
  sql: SqlRunner,
  { workflowId, idempotencyKey, values }: CreateValues,
): Promise<WorkflowState> {
  const created = await sql.query<WorkflowStateRow>(insertWorkflow, values);
  if (created.rows[0] !== undefined) {
    return rowToWorkflowState(created.rows[0]);
  }
  // A statement of its own: the one above may not see the row it has met, when that was committed after it began.
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

async function move(sql: SqlRunner, values: ReturnType<typeof transitionToValues>): Promise<WorkflowState> {
  const { rows } = await sql.query<WorkflowStateRow & { key_of_creation: boolean }>(moveWorkflow, values);
  const row = rows[0];
  if (row === undefined) {
    throw notFound(String(values[0]));
  }
  if (row.key_of_creation) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `idempotencyKey was used to create the workflow ${row.workflow_id}, so it cannot mark a transition of it as well. Give each step a key of its own, for example the key followed by the phase.`,
    );
  }
  return rowToWorkflowState(row);
}

async function readHistory(sql: SqlRunner, workflowId: string): Promise<WorkflowTransition[]> {
  const { rows } = await sql.query<WorkflowTransitionRow>(selectHistory, [workflowId]);
  if (rows.length === 0) {
    throw notFound(workflowId);
  }
  return rowsToWorkflowTransitions(rows);
}

function notFound(workflowId: string): ObservabilityError {
  return new ObservabilityError(
    'WORKFLOW_NOT_FOUND',
    `There is no workflow with the ID ${workflowId}. Create it with createWorkflow(), or check that its transaction has been committed.`,
  );
}

function callContext(): CallContext {
  return { traceId: activeTrace()?.traceId ?? null, correlationId: currentCorrelationId() ?? null };
}
