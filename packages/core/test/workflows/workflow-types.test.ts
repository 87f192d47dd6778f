import { describe, expectTypeOf, it } from 'vitest';
import type {
  SqlStore,
  TransitionOutcome,
  TypedWorkflows,
  TypedWorkflowState,
  WorkflowDefinition,
  WorkflowState,
  WorkflowStateTracker,
  WorkflowTransition,
} from '@pg-observability/core';
import { defineWorkflow, WorkflowStateTracker as Tracker } from '@pg-observability/core';

// Compiled, never run: what is wrong must not compile.
function wrongCalls(workflows: WorkflowStateTracker, store: SqlStore): void {
  // @ts-expect-error a store is needed
  void new Tracker();
  // @ts-expect-error a URL is no store
  void new Tracker('postgres://localhost/shop');
  // @ts-expect-error unknown option
  void new Tracker(store, { service: 'shop' });
  // @ts-expect-error the type of the workflow is needed
  void workflows.createWorkflow({});
  // @ts-expect-error text, not a number
  void workflows.createWorkflow({ workflowType: 'order', workflowId: 42 });
  // @ts-expect-error unknown argument
  void workflows.createWorkflow({ workflowType: 'order', type: 'order' });
  // @ts-expect-error no functions in metadata
  void workflows.createWorkflow({ workflowType: 'order', metadata: { total: () => 1 } });
  // @ts-expect-error no bigint in metadata
  void workflows.createWorkflow({ workflowType: 'order', metadata: { total: 1n } });
  // @ts-expect-error no Map as metadata
  void workflows.createWorkflow({ workflowType: 'order', metadata: new Map() });
  // @ts-expect-error the status is needed
  void workflows.transition('id', 'paid');
  // @ts-expect-error a key stands in the options, not in their place
  void workflows.transition('id', 'paid', 'running', {}, 'payment-7');
  // @ts-expect-error a number of rows
  void workflows.listWorkflows({ limit: '10' });
  // @ts-expect-error a manager is no runner
  void workflows.within({ save: () => undefined });
  // @ts-expect-error no transaction within a transaction
  void workflows.within(store).within(store);
}

const order = defineWorkflow({
  type: 'order',
  initialPhase: 'created',
  phases: {
    created: { to: ['paid', 'cancelled'], deadlineMs: 1_000 },
    paid: { to: ['shipped'], expectedMs: 100, status: 'waiting' },
    shipped: { status: 'completed' },
    cancelled: { status: 'cancelled' },
  },
});
type OrderPhase = 'created' | 'paid' | 'shipped' | 'cancelled';

// Compiled, never run: what is wrong must not compile.
function wrongDefinitions(): void {
  const done = { status: 'completed' } as const;
  // @ts-expect-error a phase that is not there
  defineWorkflow({ type: 'order', phases: { created: { to: ['dnoe'] }, done } });
  // @ts-expect-error one of two
  defineWorkflow({ type: 'order', phases: { created: { to: ['done', 'paid'] }, done } });
  // @ts-expect-error an initial phase that is not there
  defineWorkflow({ type: 'order', initialPhase: 'paid', phases: { created: { to: ['done'] }, done } });
  // @ts-expect-error nothing that follows
  defineWorkflow({ type: 'order', phases: { created: { to: [] }, done } });
  // @ts-expect-error a terminal phase with a status that does not end it
  defineWorkflow({ type: 'order', phases: { created: { to: ['done'] }, done: { status: 'running' } } });
  // @ts-expect-error a terminal phase with a deadline
  defineWorkflow({ type: 'order', phases: { created: { to: ['done'] }, done: { ...done, deadlineMs: 5 } } });
  // @ts-expect-error neither what follows nor how it ends
  defineWorkflow({ type: 'order', phases: { created: {} } });
  // @ts-expect-error an unknown word
  defineWorkflow({ type: 'order', phases: { created: { to: ['done'], timeoutMs: 5 }, done } });
  // @ts-expect-error a type is text
  defineWorkflow({ type: 5, phases: { done } });
}

// Compiled, never run: what is wrong must not compile.
function wrongTypedCalls(workflows: WorkflowStateTracker, store: SqlStore): void {
  const orders = workflows.of(order);
  // @ts-expect-error no phase of an order
  void orders.transition('id', 'refused');
  // @ts-expect-error text that may be anything
  void orders.transition('id', String('paid'));
  // @ts-expect-error the third argument is metadata
  void orders.transition('id', 'paid', 'running');
  // @ts-expect-error no phase of an order, of many
  void orders.transitionAll([{ workflowId: 'id', phase: 'refused' }]);
  // @ts-expect-error no phase of an order, in a transaction
  void orders.within(store).transition('id', 'refused');
  // @ts-expect-error no phase of an order, in a transaction
  void workflows.within(store).of(order).transition('id', 'refused');
  // @ts-expect-error type, phase and status are the definition's
  void orders.create({ phase: 'paid' });
  // @ts-expect-error the type is the definition's
  void orders.list({ workflowType: 'invoice' });
  // @ts-expect-error no phase of an order can be this one
  void orders.get('id').then((state) => state?.currentPhase === 'refused');
  // @ts-expect-error a definition is made by defineWorkflow
  void workflows.of({ type: 'order' });
  // @ts-expect-error a list of definitions
  void new Tracker(store, { workflows: order });
  void new Tracker(store, { workflows: [order] });
}

describe('the types of WorkflowStateTracker', () => {
  it('answer states and transitions', () => {
    expectTypeOf<WorkflowStateTracker['createWorkflow']>().returns.resolves.toEqualTypeOf<WorkflowState>();
    expectTypeOf<WorkflowStateTracker['transition']>().returns.resolves.toEqualTypeOf<WorkflowState>();
    expectTypeOf<
      WorkflowStateTracker['getWorkflow']
    >().returns.resolves.toEqualTypeOf<WorkflowState | null>();
    expectTypeOf<WorkflowStateTracker['listWorkflows']>().returns.resolves.toEqualTypeOf<WorkflowState[]>();
    expectTypeOf<WorkflowStateTracker['history']>().returns.resolves.toEqualTypeOf<WorkflowTransition[]>();
    expectTypeOf<WorkflowStateTracker['transitionAll']>().returns.resolves.toEqualTypeOf<
      TransitionOutcome[]
    >();
    expectTypeOf(wrongCalls).returns.toBeVoid();
  });

  it('are those of a definition', () => {
    expectTypeOf(order).toEqualTypeOf<WorkflowDefinition<'order', OrderPhase>>();
    expectTypeOf(order).toExtend<WorkflowDefinition>();
    expectTypeOf<
      ReturnType<TypedWorkflows<'order', OrderPhase>['get']>
    >().resolves.toEqualTypeOf<TypedWorkflowState<'order', OrderPhase> | null>();
    expectTypeOf<TypedWorkflowState<'order', OrderPhase>>().toExtend<WorkflowState>();
    expectTypeOf(wrongDefinitions).returns.toBeVoid();
    expectTypeOf(wrongTypedCalls).returns.toBeVoid();
  });
});
