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
  /** Phase it begins in, 1 to 128 characters. Default `created`; of a defined type its initial phase, and no other. */
  phase?: string | undefined;
  /** Status it begins with, 1 to 128 characters. Default `running`; of a defined type what the definition says. */
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
  /**
   * Version the workflow must have, as it was read; else the move is refused with `WORKFLOW_VERSION_CONFLICT`. Default: any. A
   * repeat by `idempotencyKey` is recognised whatever the version.
   */
  expectedVersion?: number | undefined;
}

/** One of the moves of `transitionAll`. */
export interface TransitionInput<Phase extends string = string> extends TransitionOptions {
  /** UUID; each workflow once. */
  workflowId: string;
  /** Phase to move to. */
  phase: Phase;
  /** Status to have then. Default: of a defined type what the definition says, else the one it has. */
  status?: string | undefined;
  /** Merged into the workflow's, as by `transition`. */
  metadata?: Metadata | undefined;
}

/** A part of a list. */
export interface PageOptions {
  /** How many at most, 1 to 10,000. Default 100. */
  limit?: number | undefined;
  /** ID of the last workflow of the page before; the list goes on behind it. Default: from the beginning. */
  after?: string | undefined;
}

/** Which workflows `listWorkflows` answers; all of the conditions hold. */
export interface WorkflowFilter extends PageOptions {
  status?: string | undefined;
  workflowType?: string | undefined;
  /** Correlation ID under which it was created. */
  correlationId?: string | undefined;
  /** Trace in which it was created or moved, 32 lower-case hex digits. */
  traceId?: string | undefined;
  /**
   * What its metadata holds, for example `{ orderId: 42 }`; found by an index. A nested object is a part of the one stored, an
   * array is some of its elements.
   */
  metadata?: Metadata | undefined;
}

/** A part of a history. */
export interface HistoryOptions {
  /** Only what came after this version. Default: from the creation. */
  afterVersion?: number | undefined;
  /** How many moves at most, 1 to 10,000. Default: all. */
  limit?: number | undefined;
}

/** How much of a tree `tree` answers. */
export interface TreeOptions {
  /** How many workflows at most, 1 to 10,000; the deepest are left out. Default 1,000. */
  limit?: number | undefined;
}
