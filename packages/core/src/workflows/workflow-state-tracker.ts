import type { Metadata } from '../arguments/metadata.ts';
import type { SqlRunner, SqlStore } from '../storage/sql-store.ts';
import { createStoreAccess } from '../storage/store-access.ts';
import { fromCallersRunner } from './callers-runner.ts';
import { createWorkflowCalls } from './workflow-calls.ts';
import type { WorkflowCalls } from './workflow-calls.ts';
import type { CreateWorkflowInput, TransitionOptions, WorkflowFilter } from './workflow-input.ts';
import { resolveWorkflowOptions } from './workflow-options.ts';
import type { ResolvedWorkflowOptions, WorkflowOptions } from './workflow-options.ts';
import type { WorkflowState, WorkflowTransition } from './workflow-state.ts';

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

  /**
   * @param store - where the rows go
   * @param options - `serviceName` and `actor` name who moves workflows, `redact` masks metadata
   * @throws `INVALID_ARGUMENT` when `store` is not a store, `INVALID_OPTION` for a bad option
   */
  constructor(store: SqlStore, options: WorkflowOptions = {}) {
    this.#options = resolveWorkflowOptions(options);
    this.#calls = createWorkflowCalls(createStoreAccess(store, options), this.#options);
  }

  /**
   * Creates a workflow, which is also its first transition (version 1).
   *
   * With an `idempotencyKey` the same call may be repeated: it is stored once and answers the state as it is by then. Where no
   * `workflowId` is given, a repeat is known by `workflowType` and key.
   *
   * @returns its state
   * @throws `WORKFLOW_EXISTS`, `WORKFLOW_ID_INVALID`, `WORKFLOW_PHASE_INVALID`, `WORKFLOW_STATUS_INVALID`,
   * `WORKFLOW_METADATA_INVALID`, `INVALID_ARGUMENT`, and the codes of the store
   * @example `await workflows.createWorkflow({ workflowType: 'order', idempotencyKey: message.id });`
   */
  createWorkflow(input: CreateWorkflowInput): Promise<WorkflowState> {
    return this.#calls.createWorkflow(input);
  }

  /**
   * Moves a workflow to a phase and a status. Moves of one workflow queue up: none is lost, and versions have no gaps. A
   * finished workflow may be moved again; its `finishedAt` is cleared unless the new status is `completed`, `failed` or
   * `cancelled` as well.
   *
   * @param workflowId - UUID
   * @param newPhase - free text of 1 to 128 characters
   * @param status - free text of 1 to 128 characters
   * @param metadata - merged into the workflow's, key by key at the top level; `null` removes a key. The transition keeps it
   * as given
   * @param options - `idempotencyKey`: a repeat with the same key moves nothing and answers the state as it is by then, also
   * where phase or status differ, because the step the key stands for has been taken. `actor`: who moves it
   * @returns the state after the move
   * @throws `WORKFLOW_NOT_FOUND`, `WORKFLOW_ID_INVALID`, `WORKFLOW_PHASE_INVALID`, `WORKFLOW_STATUS_INVALID`,
   * `WORKFLOW_METADATA_INVALID`, `INVALID_ARGUMENT` (also for the key the workflow was created with), and the codes of the store
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
   * Where a workflow stands.
   * @returns null when there is none with this ID
   * @throws `WORKFLOW_ID_INVALID`, and the codes of the store
   */
  getWorkflow(workflowId: string): Promise<WorkflowState | null> {
    return this.#calls.getWorkflow(workflowId);
  }

  /**
   * Workflows, the newest first.
   * @param filter - `status`, `workflowType`, `correlationId` and `limit` (1 to 10,000, default 100)
   * @throws `INVALID_ARGUMENT`, `WORKFLOW_STATUS_INVALID`, and the codes of the store
   * @example `const stuck = await workflows.listWorkflows({ status: 'running', limit: 20 });`
   */
  listWorkflows(filter?: WorkflowFilter): Promise<WorkflowState[]> {
    return this.#calls.listWorkflows(filter);
  }

  /**
   * Every move of a workflow, the oldest first; the first one is its creation.
   * @throws `WORKFLOW_NOT_FOUND`, `WORKFLOW_ID_INVALID`, and the codes of the store
   */
  history(workflowId: string): Promise<WorkflowTransition[]> {
    return this.#calls.history(workflowId);
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
    return createWorkflowCalls(fromCallersRunner(runner, this.#options.timeoutMs), this.#options);
  }
}
