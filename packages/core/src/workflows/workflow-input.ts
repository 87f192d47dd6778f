import type { Metadata } from '../arguments/metadata.ts';

/** What `createWorkflow` takes. */
export interface CreateWorkflowInput {
  /**
   * UUID of the workflow, for example that of the order it belongs to. Default: derived from `workflowType` and
   * `idempotencyKey` where a key is given, so that a repeat meets the same workflow; else random.
   */
  workflowId?: string | undefined;
  /** 1 to 64 characters out of `A-Z a-z 0-9 . _ : -`. Default: that of the current request or job, else a new one. */
  correlationId?: string | undefined;
  /** Kind of workflow, 1 to 128 characters, for example `order`. */
  workflowType: string;
  /** Phase it begins in, 1 to 128 characters. Default `created`. */
  phase?: string | undefined;
  /** Status it begins with, 1 to 128 characters. Default `running`. */
  status?: string | undefined;
  /** Details, at most 1 MiB. */
  metadata?: Metadata | undefined;
  /** 1 to 256 characters; the same call repeated with the same key is stored once. */
  idempotencyKey?: string | undefined;
  /** UUID of the workflow that starts this one. */
  parentWorkflowId?: string | undefined;
}

/** What `transition` takes besides where to go. */
export interface TransitionOptions {
  /** 1 to 256 characters; a repeat with the same key on the same workflow moves nothing and answers the state. */
  idempotencyKey?: string | undefined;
  /** Who moves it, 1 to 256 characters. Default: the tracker's `actor`. */
  actor?: string | undefined;
}

/** Which workflows `listWorkflows` answers; all of the conditions hold. */
export interface WorkflowFilter {
  status?: string | undefined;
  workflowType?: string | undefined;
  correlationId?: string | undefined;
  /** How many at most, 1 to 10,000. Default 100. */
  limit?: number | undefined;
}
