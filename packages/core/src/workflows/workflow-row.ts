import { epochMsToDate, epochMsToDateOrNull, jsonToObject } from '../storage/row-values.ts';
import type { SqlRow } from '../storage/sql-store.ts';
import type { WorkflowState, WorkflowTransition } from './workflow-state.ts';

/** The columns of `stateColumns`. */
export interface WorkflowStateRow extends SqlRow {
  workflow_id: string;
  correlation_id: string | null;
  workflow_type: string;
  current_phase: string;
  status: string;
  version: number;
  created_at_ms: number;
  updated_at_ms: number;
  phase_entered_at_ms: number;
  deadline_at_ms: number | null;
  finished_at_ms: number | null;
  metadata: unknown;
  trace_id: string | null;
  parent_workflow_id: string | null;
}

/** Why a move was refused. */
export type Refusal = 'wrong_type' | 'version_conflict' | 'phase_not_allowed' | 'status_not_allowed';

/** The columns of `moveWorkflow`. */
export interface MovedRow extends WorkflowStateRow {
  /** Null where it was not moved. */
  from_phase: string | null;
  outcome: 'moved' | 'repeated' | 'key_of_creation' | Refusal;
}

/** The columns of `selectHistory`; all but the ID are null for a workflow nobody has recorded a move of. */
export interface WorkflowTransitionRow extends SqlRow {
  workflow_id: string;
  version: number | null;
  from_phase: string | null;
  to_phase: string;
  from_status: string | null;
  to_status: string;
  actor: string | null;
  trace_id: string | null;
  correlation_id: string | null;
  idempotency_key: string | null;
  occurred_at_ms: number;
  stay_ms: number | null;
  metadata: unknown;
  /** The time by the clock of the database. */
  now_ms: number;
}

/** A row of `observability.workflow_state` as the API answers it. */
export function rowToWorkflowState(row: WorkflowStateRow): WorkflowState {
  return {
    workflowId: row.workflow_id,
    correlationId: row.correlation_id,
    workflowType: row.workflow_type,
    currentPhase: row.current_phase,
    status: row.status,
    version: row.version,
    createdAt: epochMsToDate(row.created_at_ms),
    updatedAt: epochMsToDate(row.updated_at_ms),
    phaseEnteredAt: epochMsToDate(row.phase_entered_at_ms),
    deadlineAt: epochMsToDateOrNull(row.deadline_at_ms),
    finishedAt: epochMsToDateOrNull(row.finished_at_ms),
    metadata: jsonToObject(row.metadata),
    traceId: row.trace_id,
    parentWorkflowId: row.parent_workflow_id,
  };
}

/** Rows of `observability.workflow_transitions` as the API answers them. */
export function rowsToWorkflowTransitions(rows: readonly WorkflowTransitionRow[]): WorkflowTransition[] {
  return rows.flatMap((row) =>
    row.version === null
      ? []
      : [
          {
            workflowId: row.workflow_id,
            version: row.version,
            fromPhase: row.from_phase,
            toPhase: row.to_phase,
            fromStatus: row.from_status,
            toStatus: row.to_status,
            actor: row.actor,
            traceId: row.trace_id,
            correlationId: row.correlation_id,
            idempotencyKey: row.idempotency_key,
            occurredAt: epochMsToDate(row.occurred_at_ms),
            stayMs: row.stay_ms,
            metadata: jsonToObject(row.metadata),
          },
        ],
  );
}
