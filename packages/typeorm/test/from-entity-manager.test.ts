import { ensureObservabilityTables, WorkflowStateTracker } from '@pg-observability/core';
import type { SqlRunner, SqlStore } from '@pg-observability/core';
import { testDatabase } from '@pg-observability/testkit';
import type { DataSource, EntityManager } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromEntityManager, typeormStore } from '../src/index.ts';
import { closeDataSources, openDataSource, OrderEntity } from './support/data-sources.ts';
import { codeOf, rejection } from './support/rejection.ts';

let dataSource: DataSource;
let store: SqlStore;
let workflows: WorkflowStateTracker;

beforeAll(async () => {
  const { url } = await testDatabase();
  dataSource = await openDataSource(url, { synchronize: true });
  store = typeormStore(dataSource);
  await ensureObservabilityTables(store);
  workflows = new WorkflowStateTracker(store, { serviceName: 'orders' });
});
afterAll(async () => {
  await store.close?.();
  await closeDataSources();
});

/** What a service does: a row of the business and a move of its workflow, in one transaction. */
async function placeOrder(manager: EntityManager, customer: string, workflowId: string): Promise<void> {
  await manager.save(OrderEntity, { customer, total: 1 });
  await workflows
    .within(fromEntityManager(manager))
    .transition(workflowId, 'placed', 'running', { customer });
}

async function stateOf(customer: string, workflowId: string): Promise<object> {
  const orders = await dataSource.getRepository(OrderEntity).countBy({ customer });
  const workflow = await workflows.getWorkflow(workflowId);
  return { orders, phase: workflow?.currentPhase, version: workflow?.version };
}

describe('fromEntityManager', () => {
  it("commits the transition with the caller's rows", async () => {
    const { workflowId } = await workflows.createWorkflow({ workflowType: 'order' });

    await dataSource.transaction((manager) => placeOrder(manager, 'ada', workflowId));

    expect(await stateOf('ada', workflowId)).toEqual({ orders: 1, phase: 'placed', version: 2 });
  });

  it("rolls the transition back with the caller's rows", async () => {
    const { workflowId } = await workflows.createWorkflow({ workflowType: 'order' });

    const error = await rejection(
      dataSource.transaction(async (manager) => {
        await placeOrder(manager, 'bob', workflowId);
        throw new Error('payment refused');
      }),
    );

    expect(error).toEqual(new Error('payment refused'));
    expect(await stateOf('bob', workflowId)).toEqual({ orders: 0, phase: 'created', version: 1 });
  });

  it("rolls the transition back when the caller's own row is refused afterwards", async () => {
    const { workflowId } = await workflows.createWorkflow({ workflowType: 'order' });

    const error = await rejection(
      dataSource.transaction(async (manager) => {
        await placeOrder(manager, 'eve', workflowId);
        await manager.save(OrderEntity, { customer: null as never, total: 1 });
      }),
    );

    expect(error).toMatchObject({ code: '23502' });
    expect(await stateOf('eve', workflowId)).toEqual({ orders: 0, phase: 'created', version: 1 });
  });

  it('shows nobody else the transition before the commit', async () => {
    const { workflowId } = await workflows.createWorkflow({ workflowType: 'order' });

    const during = await dataSource.transaction(async (manager) => {
      await placeOrder(manager, 'kim', workflowId);
      return stateOf('kim', workflowId);
    });

    expect(during).toEqual({ orders: 0, phase: 'created', version: 1 });
    expect(await stateOf('kim', workflowId)).toEqual({ orders: 1, phase: 'placed', version: 2 });
  });

  it('leaves the transaction usable after an expected refusal', async () => {
    const { workflowId } = await workflows.createWorkflow({ workflowType: 'order' });

    const codes = await dataSource.transaction(async (manager) => {
      const within = workflows.within(fromEntityManager(manager));
      const unknown = '00000000-0000-4000-8000-000000000000';
      const refusals = [
        await codeOf(() => within.transition(unknown, 'placed', 'running')),
        await codeOf(() => within.createWorkflow({ workflowType: 'order', workflowId })),
        await codeOf(() => within.transition('not a uuid', 'placed', 'running')),
      ];
      await placeOrder(manager, 'joe', workflowId);
      return refusals;
    });

    expect(codes).toEqual(['WORKFLOW_NOT_FOUND', 'WORKFLOW_EXISTS', 'WORKFLOW_ID_INVALID']);
    expect(await stateOf('joe', workflowId)).toEqual({ orders: 1, phase: 'placed', version: 2 });
  });

  it('follows nested transactions: what a savepoint undoes, it undoes', async () => {
    const { workflowId } = await workflows.createWorkflow({ workflowType: 'order' });

    await dataSource.transaction(async (outer) => {
      await outer.save(OrderEntity, { customer: 'ann', total: 1 });
      await rejection(
        outer.transaction(async (inner) => {
          await placeOrder(inner, 'ann', workflowId);
          throw new Error('undo this part');
        }),
      );
    });

    expect(await stateOf('ann', workflowId)).toEqual({ orders: 1, phase: 'created', version: 1 });
  });

  it('takes the manager of a query runner whose transaction is handled by hand', async () => {
    const { workflowId } = await workflows.createWorkflow({ workflowType: 'order' });
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();

    await placeOrder(runner.manager, 'lea', workflowId);
    await runner.rollbackTransaction();
    await runner.release();

    expect(await stateOf('lea', workflowId)).toEqual({ orders: 0, phase: 'created', version: 1 });
  });

  it("answers rows and counts, and rejects with the driver's error, which does not carry the statement", async () => {
    const { update, error } = await dataSource.transaction(async (manager) => {
      const sql = fromEntityManager(manager);
      await sql.query("insert into orders (customer, total) values ('max', 1), ('max', 2)");
      return {
        update: await sql.query('update orders set total = 5 where customer = $1::text returning total', [
          'max',
        ]),
        error: await rejection(
          manager.transaction((inner) => fromEntityManager(inner).query('select 1 / 0', [])),
        ),
      };
    });

    expect(update).toEqual({ rows: [{ total: 5 }, { total: 5 }], rowCount: 2 });
    expect(error).toMatchObject({ code: '22012', severity: 'ERROR' });
    expect(error).not.toHaveProperty('query');
  });
});

describe('fromEntityManager refuses', () => {
  it('the manager of the DataSource, which takes another connection for each statement', () => {
    expect(() => fromEntityManager(dataSource.manager)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('a call after the transaction is over', async () => {
    let kept: SqlRunner | undefined;
    await dataSource.transaction(async (manager) => {
      kept = fromEntityManager(manager);
    });

    expect(await codeOf(() => kept?.query('select 1'))).toBe('INVALID_ARGUMENT');
  });

  it.each([
    [undefined],
    [null],
    [7],
    ['manager'],
    [{}],
    [{ queryRunner: {} }],
    [{ query: () => 1, queryRunner: null }],
  ])('%o', (value) => {
    expect(() => fromEntityManager(value as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
