import { withTracingContext } from '@pg-observability/core';
import { DataSource, EntityManager } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { traceQueries } from '../../src/index.ts';
import { openDataSource, OrderEntity } from '../support/data-sources.ts';
import { openTracedDatabase } from '../support/traced-database.ts';
import type { TracedDatabase } from '../support/traced-database.ts';

let database: TracedDatabase;

beforeAll(async () => {
  database = await openTracedDatabase();
});
afterAll(() => database.close());

/** The methods that libraries for transactions put their own in place of, which they check the number of parameters of. */
function methodsOthersReplace(dataSource: DataSource): unknown[] {
  const runner = dataSource.createQueryRunner();
  return [
    DataSource.prototype.query,
    DataSource.prototype.query.length,
    DataSource.prototype.createQueryRunner,
    EntityManager.prototype.query,
    Object.keys(dataSource).sort(),
    Object.hasOwn(dataSource.manager, 'query'),
    Object.hasOwn(runner, 'query'),
  ];
}

it('leaves every method of TypeORM as it is', async () => {
  const dataSource = await openDataSource(database.url);
  const before = methodsOthersReplace(dataSource);

  traceQueries(dataSource);

  expect(methodsOthersReplace(dataSource)).toEqual(before);
});

it('stores the spans of a transaction that is rolled back, because they are written outside of it', async () => {
  const dataSource = await openDataSource(database.url);
  traceQueries(dataSource);

  const traceId = await withTracingContext('checkout', {}, async (context) => {
    await dataSource
      .transaction(async (manager) => {
        await manager.insert(OrderEntity, { customer: 'ada', total: 1 });
        throw new Error('changed my mind');
      })
      .catch(() => undefined);
    return context.traceId;
  });
  const names = (await database.spansOf(traceId)).map(({ name }) => name);

  expect(names).toEqual(expect.arrayContaining(['INSERT orders', 'ROLLBACK']));
});

it('streams rows as TypeORM does, without a span: TypeORM tells subscribers nothing of streams', async () => {
  const dataSource = await openDataSource(database.url);
  traceQueries(dataSource);
  const runner = dataSource.createQueryRunner();

  const traceId = await withTracingContext('export', {}, async (context) => {
    await expect(runner.stream('select 1')).rejects.toThrow('pg-query-stream');
    return context.traceId;
  });
  await runner.release();

  expect((await database.spansOf(traceId)).map(({ name }) => name)).toEqual([]);
});
