import type { ObservabilityError } from '../errors/observability-error.ts';
import type { WorkflowState } from './workflow-state.ts';

/** What became of one of the moves of `transitionAll`. */
export type TransitionOutcome =
  | {
      workflowId: string;
      /** `repeated`: its `idempotencyKey` had been stored before, so the step was taken already. */
      outcome: 'moved' | 'repeated';
      /** The state it has now. */
      state: WorkflowState;
      error: null;
    }
  | {
      workflowId: string;
      outcome: 'refused';
      /** The state it has; null where there is no such workflow. */
      state: WorkflowState | null;
      /** What `transition` would have been rejected with: `WORKFLOW_NOT_FOUND`, `WORKFLOW_VERSION_CONFLICT` … */
      error: ObservabilityError;
    };
