import type { Metadata } from '../arguments/metadata.ts';
import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { SqlRunner } from '../storage/sql-store.ts';
import { assertArguments } from '../arguments/assert-arguments.ts';
import { fromCallersRunner } from './callers-runner.ts';
import { readStuck } from './read-stuck.ts';
import type { StuckQuery } from './read-stuck.ts';
import { isWorkflowDefinition } from './resolve-definition.ts';
import type { StuckWorkflow } from './stuck-workflow.ts';
import type { TransitionOutcome } from './transition-outcome.ts';
import type { ReadUsualStays } from './usual-stays.ts';
import type { WorkflowDefinition } from './workflow-definition.ts';
import type {
  CreateWorkflowInput,
  TransitionInput,
  TransitionOptions,
  WorkflowFilter,
} from './workflow-input.ts';
import { createWorkflow, moveAll, moveOne } from './workflow-moves.ts';
import type { WorkflowAccess } from './workflow-moves.ts';
import type { ResolvedWorkflowOptions } from './workflow-options.ts';
import { readWorkflow, readWorkflows } from './workflow-reads.ts';
import { readFunnel, readPhaseDurations } from './workflow-reports.ts';
import type { FunnelStep, PhaseDurations, ReportRange } from './workflow-reports.ts';
import type { WorkflowState } from './workflow-state.ts';

/** Where a workflow of a defined type stands. */
export interface TypedWorkflowState<Type extends string, Phase extends string> extends WorkflowState {
  workflowType: Type;
  currentPhase: Phase;
}

/** What `create` takes: type, phase and status are the definition's. */
export type TypedCreateInput = Omit<CreateWorkflowInput, 'workflowType' | 'phase' | 'status'>;

/** What `transition` takes besides where to go. */
export interface TypedTransitionOptions extends TransitionOptions {
  /** Another status than the definition's, for a phase that does not end the workflow. */
  status?: string | undefined;
}

/** Workflows of one defined type; made by `workflows.of(definition)`. A wrong phase does not compile. */
export interface TypedWorkflows<Type extends string, Phase extends string> {
  /**
   * Creates a workflow of this type, in its initial phase.
   * @throws as `createWorkflow`
   */
  create(input?: TypedCreateInput): Promise<TypedWorkflowState<Type, Phase>>;
  /**
   * Moves a workflow to a phase, with the status the definition gives it.
   * @throws `WORKFLOW_TRANSITION_INVALID` where the definition has no such move, or the workflow is of another type; else as
   * `transition`
   * @example `await workflows.of(order).transition(id, 'paid', { amount: 12.5 }, { idempotencyKey: 'payment-7' });`
   */
  transition(
    workflowId: string,
    phase: Phase,
    metadata?: Metadata,
    options?: TypedTransitionOptions,
  ): Promise<TypedWorkflowState<Type, Phase>>;
  /** Moves many workflows in one statement; see `WorkflowStateTracker.transitionAll`. */
  transitionAll(moves: readonly TransitionInput<Phase>[]): Promise<TransitionOutcome[]>;
  /** Where a workflow stands; null where there is none of this type with the ID. */
  get(workflowId: string): Promise<TypedWorkflowState<Type, Phase> | null>;
  /** Workflows of this type, the newest first; see `WorkflowStateTracker.listWorkflows`. */
  list(filter?: Omit<WorkflowFilter, 'workflowType'>): Promise<TypedWorkflowState<Type, Phase>[]>;
  /** How many have reached each phase, in the order of the definition; see `WorkflowStateTracker.funnel`. */
  funnel(range?: ReportRange): Promise<FunnelStep[]>;
  /** How long they stay in their phases; see `WorkflowStateTracker.phaseDurations`. */
  phaseDurations(query?: ReportRange & { phase?: Phase | undefined }): Promise<PhaseDurations[]>;
  /** Those that have been in their phase for too long; see `WorkflowStateTracker.stuck`. */
  stuck(query?: Omit<StuckQuery, 'workflowType'>): Promise<StuckWorkflow[]>;
  /** The same calls inside a transaction of yours; see `WorkflowStateTracker.within`. */
  within(runner: SqlRunner): TypedWorkflows<Type, Phase>;
}

/**
 * The calls for one definition.
 * @throws `INVALID_ARGUMENT` when it is no definition, `WORKFLOW_DEFINITION_INVALID` when the tracker has another one of its type
 */
export function createTypedWorkflows<Type extends string, Phase extends string>(
  sql: SqlRunner,
  options: ResolvedWorkflowOptions,
  definition: WorkflowDefinition<Type, Phase>,
  readUsual: ReadUsualStays,
): TypedWorkflows<Type, Phase> {
  assertDefinition(definition, options);
  const { type } = definition;
  const access: WorkflowAccess = {
    sql,
    options: { ...options, definitions: new Map([[type, definition]]) },
    expectedType: type,
  };
  // What is stored of this type came there by this definition; what older ones have stored, a reader must expect.
  const typed = (state: WorkflowState): TypedWorkflowState<Type, Phase> =>
    state as TypedWorkflowState<Type, Phase>;
  return {
    create: async (input = {}) => {
      assertArguments(input, 'The argument of create', '{ metadata: { orderId: 42 } }');
      return typed(await createWorkflow(access, { ...input, workflowType: type }));
    },
    transition: async (workflowId, phase, metadata, moveOptions = {}) => {
      assertArguments(moveOptions, 'The options of transition', "{ idempotencyKey: 'payment-42' }");
      const { status } = moveOptions;
      return typed(await moveOne(access, { workflowId, phase, status, metadata }, moveOptions, true));
    },
    transitionAll: (moves) => moveAll(access, moves),
    get: async (workflowId) => {
      const state = await readWorkflow(sql, workflowId);
      return state?.workflowType === type ? typed(state) : null;
    },
    list: async (filter = {}) => {
      assertArguments(filter, 'The argument of list', "{ status: 'running', limit: 10 }");
      return (await readWorkflows(sql, { ...filter, workflowType: type })).map(typed);
    },
    ...createTypedReports(sql, access.options, type, readUsual),
    within: (runner) =>
      createTypedWorkflows(fromCallersRunner(runner, options.timeoutMs), options, definition, readUsual),
  };
}

function createTypedReports(
  sql: SqlRunner,
  { definitions }: ResolvedWorkflowOptions,
  type: string,
  readUsual: ReadUsualStays,
): Pick<TypedWorkflows<string, string>, 'funnel' | 'phaseDurations' | 'stuck'> {
  return {
    funnel: async (range = {}) => {
      assertArguments(range, 'The argument of funnel', '{ startTime }');
      return readFunnel(sql, { ...range, workflowType: type }, definitions);
    },
    phaseDurations: async (query = {}) => {
      assertArguments(query, 'The argument of phaseDurations', '{ startTime }');
      return readPhaseDurations(sql, { ...query, workflowType: type });
    },
    stuck: async (query = {}) => {
      assertArguments(query, 'The argument of stuck', '{ limit: 10 }');
      return readStuck(sql, { ...query, workflowType: type }, readUsual);
    },
  };
}

function assertDefinition(definition: WorkflowDefinition, { definitions }: ResolvedWorkflowOptions): void {
  if (!isWorkflowDefinition(definition)) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `of got ${describeValue(definition)}; expected what defineWorkflow() returned.`,
    );
  }
  const known = definitions.get(definition.type);
  if (known !== undefined && known !== definition) {
    throw new ObservabilityError(
      'WORKFLOW_DEFINITION_INVALID',
      `of got a definition of the type ${describeValue(definition.type)}, and the tracker has another one of that type; expected one definition of each type. Give the same to both.`,
    );
  }
}
