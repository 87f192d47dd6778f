import type { Metadata } from '../arguments/metadata.ts';
import type { SqlRunner, SqlStore } from '../storage/sql-store.ts';
import { createStoreAccess } from '../storage/store-access.ts';
import { fromCallersRunner } from './callers-runner.ts';
import { createWorkflowCalls } from './workflow-calls.ts';
import type { WorkflowCalls } from './workflow-calls.ts';
import type { DwellTime } from './dwell-time.ts';
import type { StuckQuery } from './read-stuck.ts';
import type { StuckWorkflow } from './stuck-workflow.ts';
import type { TransitionOutcome } from './transition-outcome.ts';
import type { TypedWorkflows } from './typed-workflows.ts';
import { createUsualStaysReader } from './usual-stays.ts';
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
import { resolveWorkflowOptions } from './workflow-options.ts';
import type { ResolvedWorkflowOptions, WorkflowOptions } from './workflow-options.ts';
import type { FunnelQuery, FunnelStep, PhaseDurations, PhaseDurationsQuery } from './workflow-reports.ts';
import type { WorkflowState, WorkflowTransition } from './workflow-state.ts';
import type { WorkflowTree } from './workflow-tree.ts';

/**
 * Keeps where each business workflow stands, and every move it made: who, when, in which trace, from which phase to which.
 *
 * Every call is awaited and rejects with an `ObservabilityError`; with the database away it rejects with `STORE_UNAVAILABLE`
 * after `timeoutMs` (default 5,000), and a call that had an `idempotencyKey` is safe to repeat. The tables are made on
 * first use.
 *
 * @example
 * ```ts
 * const workflows = new WorkflowStateTracker(postgresStore(process.env.DATABASE_URL), { serviceName: 'orders' });
 * const { workflowId } = await workflows.createWorkflow({ workflowType: 'order', metadata: { orderId: 42 } });
 * await workflows.transition(workflowId, 'paid', 'running', { amount: 12.5 }, { idempotencyKey: 'payment-7' });
 * await workflows.transition(workflowId, 'shipped', 'completed');
 * ```
 */
export class WorkflowStateTracker implements WorkflowCalls {
  readonly #calls: WorkflowCalls;
  readonly #options: ResolvedWorkflowOptions;
  readonly #readUsual: ReadUsualStays = createUsualStaysReader();

  /**
   * @param store - where the rows go
   * @param options - `serviceName` and `actor` name who moves workflows, `redact` masks metadata, `workflows` are definitions
   * that every call is checked against
   * @throws `INVALID_ARGUMENT` when `store` is not a store, `INVALID_OPTION` for a bad option, `WORKFLOW_DEFINITION_INVALID` for
   * two definitions of one type
   */
  constructor(store: SqlStore, options: WorkflowOptions = {}) {
    this.#options = resolveWorkflowOptions(options);
    this.#calls = createWorkflowCalls(createStoreAccess(store, options), this.#options, this.#readUsual);
  }

  /**
   * Creates a workflow, which is also its first transition (version 1).
   *
   * With an `idempotencyKey` the same call may be repeated: it is stored once and answers the state as it is by then. Where no
   * `workflowId` is given, a repeat is known by `workflowType` and key.
   *
   * Of a defined type it begins in the initial phase, with the deadlines of the definition.
   *
   * @returns its state
   * @throws `WORKFLOW_EXISTS`, `WORKFLOW_TRANSITION_INVALID` for a phase a defined type does not begin in, `WORKFLOW_ID_INVALID`, `WORKFLOW_PHASE_INVALID`, `WORKFLOW_STATUS_INVALID`,
   * `WORKFLOW_METADATA_INVALID`, `INVALID_ARGUMENT`, and the codes of the store
   * @example `await workflows.createWorkflow({ workflowType: 'order', idempotencyKey: message.id });`
   */
  createWorkflow(input: CreateWorkflowInput): Promise<WorkflowState> {
    return this.#calls.createWorkflow(input);
  }

  /**
   * Moves a workflow to a phase and a status. Moves of one workflow queue up: none is lost, and versions have no gaps. A
   * finished workflow may be moved again; its `finishedAt` is cleared unless the new status is `completed`, `failed` or
   * `cancelled` as well. Where its type is defined, only the moves of the definition are made.
   *
   * The active span gets an event `workflow.transition`.
   *
   * @param workflowId - UUID
   * @param newPhase - free text of 1 to 128 characters
   * @param status - free text of 1 to 128 characters
   * @param metadata - merged into the workflow's, key by key at the top level; `null` removes a key. The transition keeps it
   * as given
   * @param options - `idempotencyKey`: a repeat with the same key moves nothing and answers the state as it is by then, also
   * where phase or status differ, because the step the key stands for has been taken. `expectedVersion`: refused where the
   * workflow has another one. `actor`: who moves it
   * @returns the state after the move
   * @throws `WORKFLOW_NOT_FOUND`, `WORKFLOW_TRANSITION_INVALID`, which names the phases allowed from where it is,
   * `WORKFLOW_VERSION_CONFLICT`, which names the version it has, `WORKFLOW_ID_INVALID`, `WORKFLOW_PHASE_INVALID`,
   * `WORKFLOW_STATUS_INVALID`, `WORKFLOW_METADATA_INVALID`, `INVALID_ARGUMENT` (also for the key the workflow was created
   * with), and the codes of the store
   * @example `await workflows.transition(id, 'paid', 'running', { amount: 12.5 }, { idempotencyKey: 'payment-7' });`
   */
  transition(
    workflowId: string,
    newPhase: string,
    status: string,
    metadata?: Metadata,
    options?: TransitionOptions,
  ): Promise<WorkflowState> {
    return this.#calls.transition(workflowId, newPhase, status, metadata, options);
  }

  /**
   * Moves many workflows in one statement and one transaction. What is refused does not stop the others: each answer tells
   * what became of its move. Workflows are locked in the order of their IDs, so that two calls never wait for each other.
   *
   * For all or nothing call it within a transaction of yours, and roll back where one was refused.
   *
   * @param moves - at most 1,000, each of another workflow, with at most 16 MiB of metadata together
   * @returns one answer for each, in their order
   * @throws `INVALID_ARGUMENT` and the like for a bad argument, before anything is moved, and the codes of the store
   * @example
   * ```ts
   * const outcomes = await workflows.transitionAll(ids.map((workflowId) => ({ workflowId, phase: 'shipped', status: 'completed' })));
   * const refused = outcomes.filter(({ outcome }) => outcome === 'refused');
   * ```
   */
  transitionAll(moves: readonly TransitionInput[]): Promise<TransitionOutcome[]> {
    return this.#calls.transitionAll(moves);
  }

  /**
   * Where a workflow stands.
   * @returns null when there is none with this ID
   * @throws `WORKFLOW_ID_INVALID`, and the codes of the store
   */
  getWorkflow(workflowId: string): Promise<WorkflowState | null> {
    return this.#calls.getWorkflow(workflowId);
  }

  /**
   * Workflows, the newest first.
   * @param filter - `status`, `workflowType`, `correlationId`, `traceId`, `metadata` (what it holds, by an index), `limit` (1 to
   * 10,000, default 100), and `after`, the ID of the last workflow of the page before
   * @throws `INVALID_ARGUMENT`, `WORKFLOW_STATUS_INVALID`, `WORKFLOW_METADATA_INVALID`, `WORKFLOW_ID_INVALID`,
   * `WORKFLOW_NOT_FOUND` when `after` was deleted meanwhile, and the codes of the store
   * @example `const [order] = await workflows.listWorkflows({ workflowType: 'order', metadata: { orderId: 42 } });`
   */
  listWorkflows(filter?: WorkflowFilter): Promise<WorkflowState[]> {
    return this.#calls.listWorkflows(filter);
  }

  /**
   * Every move of a workflow, the oldest first; the first one is its creation.
   * @param options - `afterVersion` and `limit`, for a long one in parts. Default: all
   * @throws `WORKFLOW_NOT_FOUND`, `WORKFLOW_ID_INVALID`, `INVALID_ARGUMENT`, and the codes of the store
   */
  history(workflowId: string, options?: HistoryOptions): Promise<WorkflowTransition[]> {
    return this.#calls.history(workflowId, options);
  }

  /**
   * How long a workflow has been in each phase: all its stays there together, the current one up to now.
   * @returns the phases in the order in which they first came
   * @throws `WORKFLOW_NOT_FOUND`, `WORKFLOW_ID_INVALID`, and the codes of the store
   * @example `const [slowest] = (await workflows.dwellTimes(id)).toSorted((a, b) => b.durationMs - a.durationMs);`
   */
  dwellTimes(workflowId: string): Promise<DwellTime[]> {
    return this.#calls.dwellTimes(workflowId);
  }

  /**
   * The workflows that were created with this one as `parentWorkflowId`, the oldest first; none where there is no such one.
   * @param options - `limit` (1 to 10,000, default 100), and `after`, the ID of the last one of the page before
   * @throws `WORKFLOW_ID_INVALID`, `INVALID_ARGUMENT`, `WORKFLOW_NOT_FOUND` when `after` was deleted meanwhile, and the codes
   * of the store
   */
  children(workflowId: string, options?: PageOptions): Promise<WorkflowState[]> {
    return this.#calls.children(workflowId, options);
  }

  /**
   * A workflow with its children, theirs and so on.
   * @param options - `limit`: how many workflows at most (1 to 10,000, default 1,000); the deepest are left out
   * @throws `WORKFLOW_NOT_FOUND`, `WORKFLOW_ID_INVALID`, `INVALID_ARGUMENT`, and the codes of the store
   */
  tree(workflowId: string, options?: TreeOptions): Promise<WorkflowTree> {
    return this.#calls.tree(workflowId, options);
  }

  /**
   * How many of the workflows of a type that were created in a range have ever been in each phase: in the order of the
   * definition, where the tracker has one, else in that in which the phases first came.
   *
   * @param query - `workflowType`, and a range: `startTime` (default 30 days before its end) and `endTime` (default now)
   * @throws `INVALID_ARGUMENT`, and the codes of the store
   * @example `(await workflows.funnel({ workflowType: 'order' })).map(({ phase, share }) => `${phase} ${Math.round(share * 100)} %`);`
   */
  funnel(query: FunnelQuery): Promise<FunnelStep[]> {
    return this.#calls.funnel(query);
  }

  /**
   * How long workflows stay in their phases: median, 95th percentile and longest of the stays that ended in a range, exact.
   *
   * @param query - `workflowType`, `phase` (default all), and a range as for `funnel`
   * @throws `INVALID_ARGUMENT`, `WORKFLOW_PHASE_INVALID`, and the codes of the store
   */
  phaseDurations(query?: PhaseDurationsQuery): Promise<PhaseDurations[]> {
    return this.#calls.phaseDurations(query);
  }

  /**
   * Unfinished workflows that have been in their phase for too long, with the reason in words; those that came there first before
   * the others. Too long is
   *
   * - past the deadline that its definition gives the phase or the whole, else
   * - longer than is usual for its type and phase: more than four times the 95th percentile, and a minute more than it, of the
   *   stays that ended in the last 30 days (the latest 200,000 of all), if there are at least 20; it is learned anew every ten
   *   minutes, else
   * - the same over the `expectedMs` of its definition.
   *
   * @param query - `workflowType` (default all), and `limit` (1 to 10,000, default 100)
   * @throws `INVALID_ARGUMENT`, and the codes of the store
   * @example `for (const { workflowId, reason } of await workflows.stuck()) console.log(workflowId, reason);`
   */
  stuck(query?: StuckQuery): Promise<StuckWorkflow[]> {
    return this.#calls.stuck(query);
  }

  /**
   * The calls for workflows of one definition: a wrong phase does not compile, the status is the definition's, and workflows of
   * other types are refused. The tracker need not have been given the definition.
   *
   * @param definition - what `defineWorkflow` returned
   * @throws `INVALID_ARGUMENT` when it is none, `WORKFLOW_DEFINITION_INVALID` when the tracker has another one of its type
   * @example
   * ```ts
   * const orders = workflows.of(order);
   * const { workflowId } = await orders.create({ metadata: { orderId: 42 } });
   * await orders.transition(workflowId, 'paid');
   * ```
   */
  of<Type extends string, Phase extends string>(
    definition: WorkflowDefinition<Type, Phase>,
  ): TypedWorkflows<Type, Phase> {
    return this.#calls.of(definition);
  }

  /**
   * The same calls inside a transaction of yours: they commit or roll back with your rows. A refusal such as
   * `WORKFLOW_EXISTS` or `WORKFLOW_NOT_FOUND` leaves the transaction usable.
   *
   * The tables must be there already, and a workflow that was moved stays locked until the transaction ends. After
   * `STORE_UNAVAILABLE` roll back: the statement may still be under way.
   *
   * @param runner - `fromEntityManager(manager)`, `fromPgClient(client)`, or what `store.transaction()` passes
   * @throws `INVALID_ARGUMENT` when it is not a runner; the calls also reject with `SCHEMA_MISSING`
   * @example
   * ```ts
   * await dataSource.transaction(async (manager) => {
   *   await manager.save(order);
   *   await workflows.within(fromEntityManager(manager)).transition(order.id, 'paid', 'running');
   * });
   * ```
   */
  within(runner: SqlRunner): WorkflowCalls {
    const sql = fromCallersRunner(runner, this.#options.timeoutMs);
    return createWorkflowCalls(sql, this.#options, this.#readUsual);
  }
}
