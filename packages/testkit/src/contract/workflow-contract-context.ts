import type { SqlStore, WorkflowOptions, WorkflowStateTracker } from '@pg-observability/core';

/** What a part of the contract works with. Every test uses workflows of its own, so they share one database. */
export interface WorkflowContext {
  /** The store of the whole suite. */
  readonly store: () => SqlStore;
  /** A tracker on it. */
  readonly tracker: (options?: WorkflowOptions) => WorkflowStateTracker;
}
