import { ObservabilityError } from '../errors/observability-error.ts';

/** The error of calls that need a workflow which is there. */
export function workflowNotFound(workflowId: string): ObservabilityError {
  return new ObservabilityError(
    'WORKFLOW_NOT_FOUND',
    `There is no workflow with the ID ${workflowId}. Create it with createWorkflow(), or check that its transaction has been committed.`,
  );
}
