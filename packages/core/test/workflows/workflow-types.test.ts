import { describe, expectTypeOf, it } from 'vitest';
import type {
  SqlStore,
  WorkflowState,
  WorkflowStateTracker,
  WorkflowTransition,
} from '@pg-observability/core';
import { WorkflowStateTracker as Tracker } from '@pg-observability/core';

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

describe('the types of WorkflowStateTracker', () => {
  it('answer states and transitions', () => {
    expectTypeOf<WorkflowStateTracker['createWorkflow']>().returns.resolves.toEqualTypeOf<WorkflowState>();
    expectTypeOf<WorkflowStateTracker['transition']>().returns.resolves.toEqualTypeOf<WorkflowState>();
    expectTypeOf<
      WorkflowStateTracker['getWorkflow']
    >().returns.resolves.toEqualTypeOf<WorkflowState | null>();
    expectTypeOf<WorkflowStateTracker['listWorkflows']>().returns.resolves.toEqualTypeOf<WorkflowState[]>();
    expectTypeOf<WorkflowStateTracker['history']>().returns.resolves.toEqualTypeOf<WorkflowTransition[]>();
    expectTypeOf(wrongCalls).returns.toBeVoid();
  });
});
