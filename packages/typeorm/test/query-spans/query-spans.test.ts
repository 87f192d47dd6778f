import { ensureObservabilityTables, untraced, withTracingContext } from '@pg-observability/core';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createQuerySpanSubscriber,
  fromEntityManager,
  QuerySpanSubscriber,
  typeormStore,
} from '../../src/index.ts';
import { openDataSource, OrderEntity } from '../support/data-sources.ts';
import { rejection } from '../support/rejection.ts';
import { openTracedDatabase } from '../support/traced-database.ts';
import type { SpanOfQuery, TracedDatabase } from '../support/traced-database.ts';

let database: TracedDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await openTracedDatabase();
  dataSource = await openDataSource(database.url, { subscribers: [QuerySpanSubscriber] });
});
afterAll(() => database.close());

/** Runs `work` as one operation and answers the spans below it. */
async function spansDuring(work: () => Promise<unknown>): Promise<SpanOfQuery[]> {
  const traceId = await withTracingContext('checkout', {}, async (context) => {
    await work();
    return context.traceId;
  });
  return database.spansOf(traceId);
}

function attributeOf(spans: readonly SpanOfQuery[], name: string): unknown[] {
  return spans.map(({ attributes }) => attributes[name]);
}

describe('a span of a query', () => {
  it('has the attributes of the stable conventions', async () => {
    const { port, pathname } = new URL(database.url);

    const [span] = await spansDuring(() => dataSource.getRepository(OrderEntity).findBy({ customer: 'ada' }));

    expect(span).toEqual({
      name: 'SELECT orders',
      kind: 'CLIENT',
      status: 'UNSET',
      message: null,
      parent: expect.stringMatching(/^[0-9a-f]{16}$/),
      attributes: {
        'db.system.name': 'postgresql',
        'db.namespace': `${pathname.slice(1)}|public`,
        'db.operation.name': 'SELECT',
        'db.collection.name': 'orders',
        'db.query.summary': 'SELECT orders',
        'db.query.text': expect.stringMatching(
          /^SELECT "Order"\."id" AS "Order_id".* WHERE .*"customer" = \$1/,
        ),
        'server.address': '127.0.0.1',
        'server.port': Number(port),
      },
    });
  });

  it('is made of each statement of a transaction', async () => {
    const spans = await spansDuring(() =>
      dataSource.transaction(async (manager) => {
        const order = await manager.save(OrderEntity, { customer: 'bob', total: 1 });
        await manager.update(OrderEntity, { id: order.id }, { total: 2 });
        await manager.delete(OrderEntity, { id: order.id });
      }),
    );

    expect(
      spans.map(({ name, attributes }) => `${name}: ${String(attributes['db.collection.name'])}`).toSorted(),
    ).toEqual([
      'COMMIT: undefined',
      'DELETE orders: orders',
      'INSERT orders: orders',
      'START TRANSACTION: undefined',
      'UPDATE orders: orders',
    ]);
  });

  it('names a table that belongs to no entity only in the summary, and shows no literal', async () => {
    const [span] = await spansDuring(() =>
      dataSource.query("select relname from pg_catalog.pg_class where relname = 'secret' limit 1"),
    );

    expect(span).toMatchObject({ name: 'select pg_catalog.pg_class' });
    expect(span?.attributes).toMatchObject({
      'db.query.text': 'select relname from pg_catalog.pg_class where relname = ? limit ?',
    });
    expect(span?.attributes).not.toHaveProperty('db.collection.name');
  });

  it('hides parameters', async () => {
    const spans = await spansDuring(() =>
      dataSource.getRepository(OrderEntity).insert({ customer: 'Ada Lovelace', total: 4711 }),
    );

    expect(JSON.stringify(spans)).not.toMatch(/Lovelace|4711/);
  });

  it('is not made outside of any operation', async () => {
    const before = (await database.roots()).length;

    await dataSource.query('select 1');

    expect((await database.roots()).length).toBe(before);
  });
});

describe('a query that fails', () => {
  it('has the SQLSTATE and the status ERROR, and rejects as it would without us', async () => {
    let error: unknown;

    const [span] = await spansDuring(async () => {
      error = await rejection(dataSource.query('select * from no_such_table where id = $1', [1]));
    });

    expect(error).toMatchObject({ name: 'QueryFailedError', code: '42P01', parameters: [1] });
    expect(span).toMatchObject({
      name: 'select no_such_table',
      status: 'ERROR',
      message: 'relation "no_such_table" does not exist',
      attributes: { 'db.response.status_code': '42P01', 'error.type': '42P01' },
    });
  });

  it('does not show a refused value in its message', async () => {
    const [span] = await spansDuring(() =>
      rejection(dataSource.query('select $1::uuid', ['Ada "the" Lovelace'])),
    );

    expect(span).toMatchObject({
      status: 'ERROR',
      message: 'invalid input syntax for type uuid: "?"',
      attributes: { 'db.response.status_code': '22P02' },
    });
  });
});

describe('statements started together on one connection', () => {
  it('keep their own outcome, text and duration', async () => {
    const spans = await spansDuring(async () => {
      const runner = dataSource.createQueryRunner();
      await Promise.all([
        runner.query('select 10 / $1::integer as x', [5]),
        rejection(runner.query('select 10 / $1::integer as x', [0])),
        runner.query('select pg_sleep(0.05)'),
        runner.query('select pg_sleep(0.05)'),
      ]);
      await runner.release();
    });

    expect(spans.map(({ status }) => status).toSorted()).toEqual(['ERROR', 'UNSET', 'UNSET', 'UNSET']);
    expect(spans.find(({ status }) => status === 'ERROR')?.attributes).toMatchObject({
      'db.query.text': 'select ? / $1::integer as x',
      'error.type': '22012',
    });
    expect(attributeOf(spans, 'db.query.text').filter((text) => text === 'select pg_sleep(?)').length).toBe(
      2,
    );
  });

  it('belong to the operation that started each, also when they queue for one connection', async () => {
    const narrow = await openDataSource(database.url, { subscribers: [QuerySpanSubscriber], poolSize: 1 });

    const texts = await Promise.all(
      [1, 2, 3, 4].map(async (number) => {
        const spans = await spansDuring(() => narrow.query(`select pg_sleep(0.01) as number_${number}`));
        return attributeOf(spans, 'db.query.text');
      }),
    );

    expect(texts).toEqual([1, 2, 3, 4].map((number) => [`select pg_sleep(?) as number_${number}`]));
  });
});

describe('our own statements', () => {
  it('are not traced and not measured, not even through the traced DataSource itself', async () => {
    const measured: unknown[] = [];
    const metrics = { histogram: (...point: unknown[]): void => void measured.push(point) };
    const traced = await openDataSource(database.url, {
      subscribers: [createQuerySpanSubscriber({ metrics })],
    });
    const store = typeormStore(traced, { pool: 'shared' });

    const spans = await spansDuring(async () => {
      await ensureObservabilityTables(store);
      await store.query('select 1');
      await store.transaction((sql) => sql.query('select 2'));
    });

    expect({ spans, measured }).toEqual({ spans: [], measured: [] });
  });

  it('are not the only ones: what the application runs untraced is neither traced nor measured', async () => {
    const measured: unknown[] = [];
    const metrics = { histogram: (...point: unknown[]): void => void measured.push(point) };
    const traced = await openDataSource(database.url, {
      subscribers: [createQuerySpanSubscriber({ metrics })],
    });

    const spans = await spansDuring(() => untraced(() => traced.query('select 1')));

    expect({ spans, measured }).toEqual({ spans: [], measured: [] });
  });

  it("are not traced in the caller's transaction, whose own statements are", async () => {
    const { workflows } = database.observability;
    const { workflowId } = await workflows.createWorkflow({ workflowType: 'order' });

    const spans = await spansDuring(() =>
      dataSource.transaction(async (manager) => {
        await manager.insert(OrderEntity, { customer: 'eve', total: 1 });
        await workflows.within(fromEntityManager(manager)).transition(workflowId, 'paid', 'running');
      }),
    );

    expect(spans.map(({ name }) => name).toSorted()).toEqual([
      'COMMIT',
      'INSERT orders',
      'START TRANSACTION',
    ]);
  });
});
