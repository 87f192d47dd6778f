import type { JsonValue } from '../sanitize/clean-json.ts';

/** Where a workflow stands now. */
export interface WorkflowState {
  /** UUID, lower case. */
  workflowId: string;
  /** Correlation ID under which it was created. */
  correlationId: string | null;
  /** Kind of workflow, for example `order`. */
  workflowType: string;
  /** Phase it is in, for example `paid`. */
  currentPhase: string;
  /** Status it has, for example `running`. */
  status: string;
  /** Number of the last transition; 1 is the creation. */
  version: number;
  /** When it was created, by the clock of the database. */
  createdAt: Date;
  /** When it last moved. */
  updatedAt: Date;
  /** When it came into its phase, or was taken up again after it had finished. */
  phaseEnteredAt: Date;
  /** When the phase or the workflow should be over, by its definition; null for no limit. */
  deadlineAt: Date | null;
  /** When it reached `completed`, `failed` or `cancelled`; null while it runs. */
  finishedAt: Date | null;
  /** Metadata of the creation and of all transitions, merged. */
  metadata: Record<string, JsonValue>;
  /** Trace in which it was created; null outside of any. */
  traceId: string | null;
  /** Workflow that started this one. */
  parentWorkflowId: string | null;
}

/** One move of a workflow. Moves are appended and never changed. */
export interface WorkflowTransition {
  workflowId: string;
  /** Running number within the workflow, without gaps; 1 is the creation. */
  version: number;
  /** Phase before; null for the creation. */
  fromPhase: string | null;
  toPhase: string;
  /** Status before; null for the creation. */
  fromStatus: string | null;
  toStatus: string;
  /** Who or what moved it: the actor that was given, or the service. */
  actor: string | null;
  /** Trace in which it moved; null outside of any. */
  traceId: string | null;
  /** Correlation ID under which it moved: that of the request or job, else that of the workflow. */
  correlationId: string | null;
  /** Key the call came with. */
  idempotencyKey: string | null;
  /** When it moved, by the clock of the database; never before the move it follows. */
  occurredAt: Date;
  /** Milliseconds it had been in `fromPhase`, where this move ended that; null where it goes on, and for the creation. */
  stayMs: number | null;
  /** Metadata as it was given to this move, with `null` for the keys it removed. */
  metadata: Record<string, JsonValue>;
}

const FINISHED_STATUSES: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

/** Whether a workflow with this status is over. Every other text means that it still runs. */
export function isFinishedStatus(status: string): boolean {
  return FINISHED_STATUSES.has(status);
}
