import { testDatabase } from '@pg-observability/testkit';
import { afterAll, expect, it } from 'vitest';
import { createQuerySpanSubscriber, typeormStore } from '../../src/index.ts';
import { closeDataSources, openDataSource } from '../support/data-sources.ts';

afterAll(closeDataSources);

// Nothing is started here, so there is no OpenTelemetry context that could say whose statement it is.
it('measures no statement of our own where OpenTelemetry is not set up: each flush would record what the next one stores', async () => {
  const { url } = await testDatabase();
  const operations: unknown[] = [];
  const metrics = {
    histogram: (_name: string, _value: number, labels?: object): void => {
      operations.push((labels as Record<string, unknown>)['db.operation.name']);
    },
  };
  const dataSource = await openDataSource(url, { subscribers: [createQuerySpanSubscriber({ metrics })] });
  const store = typeormStore(dataSource, { pool: 'shared' });

  await store.query('select 1');
  await store.script('select 1; select 2');
  await store.transaction((sql) => sql.query('select 3'));
  await dataSource.query('DELETE FROM pg_class WHERE false');

  expect(operations).toEqual(['DELETE']);
});
