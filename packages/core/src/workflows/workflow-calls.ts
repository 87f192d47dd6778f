import type { Metadata } from '../arguments/metadata.ts';
import type { SqlRunner } from '../storage/sql-store.ts';
import type { DwellTime } from './dwell-time.ts';
import type { TransitionOutcome } from './transition-outcome.ts';
import { readStuck } from './read-stuck.ts';
import type { StuckQuery } from './read-stuck.ts';
import type { StuckWorkflow } from './stuck-workflow.ts';
import { createTypedWorkflows } from './typed-workflows.ts';
import type { TypedWorkflows } from './typed-workflows.ts';
import type { ReadUsualStays } from './usual-stays.ts';
import type { WorkflowDefinition } from './workflow-definition.ts';
import type {
  CreateWorkflowInput,
  HistoryOptions,
  PageOptions,
  TransitionInput,
  TransitionOptions,
  TreeOptions,
  WorkflowFilter,
} from './workflow-input.ts';
import { createWorkflow, moveAll, moveOne } from './workflow-moves.ts';
import type { WorkflowAccess } from './workflow-moves.ts';
import type { ResolvedWorkflowOptions } from './workflow-options.ts';
import {
  readChildren,
  readDwellTimes,
  readHistory,
  readTree,
  readWorkflow,
  readWorkflows,
} from './workflow-reads.ts';
import { readFunnel, readPhaseDurations } from './workflow-reports.ts';
import type { FunnelQuery, FunnelStep, PhaseDurations, PhaseDurationsQuery } from './workflow-reports.ts';
import type { WorkflowState, WorkflowTransition } from './workflow-state.ts';
import type { WorkflowTree } from './workflow-tree.ts';

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
  /** See `WorkflowStateTracker.transitionAll`. */
  transitionAll(moves: readonly TransitionInput[]): Promise<TransitionOutcome[]>;
  /** See `WorkflowStateTracker.getWorkflow`. */
  getWorkflow(workflowId: string): Promise<WorkflowState | null>;
  /** See `WorkflowStateTracker.listWorkflows`. */
  listWorkflows(filter?: WorkflowFilter): Promise<WorkflowState[]>;
  /** See `WorkflowStateTracker.history`. */
  history(workflowId: string, options?: HistoryOptions): Promise<WorkflowTransition[]>;
  /** See `WorkflowStateTracker.dwellTimes`. */
  dwellTimes(workflowId: string): Promise<DwellTime[]>;
  /** See `WorkflowStateTracker.children`. */
  children(workflowId: string, options?: PageOptions): Promise<WorkflowState[]>;
  /** See `WorkflowStateTracker.tree`. */
  tree(workflowId: string, options?: TreeOptions): Promise<WorkflowTree>;
  /** See `WorkflowStateTracker.funnel`. */
  funnel(query: FunnelQuery): Promise<FunnelStep[]>;
  /** See `WorkflowStateTracker.phaseDurations`. */
  phaseDurations(query?: PhaseDurationsQuery): Promise<PhaseDurations[]>;
  /** See `WorkflowStateTracker.stuck`. */
  stuck(query?: StuckQuery): Promise<StuckWorkflow[]>;
  /** See `WorkflowStateTracker.of`. */
  of<Type extends string, Phase extends string>(
    definition: WorkflowDefinition<Type, Phase>,
  ): TypedWorkflows<Type, Phase>;
}

/** The calls over one runner: the store of the tracker, or the caller's transaction. */
export function createWorkflowCalls(
  sql: SqlRunner,
  options: ResolvedWorkflowOptions,
  readUsual: ReadUsualStays,
): WorkflowCalls {
  const access: WorkflowAccess = { sql, options, expectedType: null };
  // Each is async and checks its arguments before it waits: a bad one rejects, and later changes to an object do no harm.
  return {
    createWorkflow: (input) => createWorkflow(access, input),
    transition: (workflowId, phase, status, metadata, moveOptions = {}) =>
      moveOne(access, { workflowId, phase, status, metadata }, moveOptions, false),
    transitionAll: (moves) => moveAll(access, moves),
    getWorkflow: (workflowId) => readWorkflow(sql, workflowId),
    listWorkflows: (filter = {}) => readWorkflows(sql, filter),
    history: (workflowId, historyOptions = {}) => readHistory(sql, workflowId, historyOptions),
    dwellTimes: (workflowId) => readDwellTimes(sql, workflowId),
    children: (workflowId, page = {}) => readChildren(sql, workflowId, page),
    tree: (workflowId, treeOptions = {}) => readTree(sql, workflowId, treeOptions),
    funnel: (query) => readFunnel(sql, query, options.definitions),
    phaseDurations: (query = {}) => readPhaseDurations(sql, query),
    stuck: (query = {}) => readStuck(sql, query, readUsual),
    of: (definition) => createTypedWorkflows(sql, options, definition, readUsual),
  };
}
