import { testDatabase } from '@pg-observability/testkit';
import { sqlState } from '@pg-observability/core';
import { DataSource } from 'typeorm';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { typeormStore } from '../../src/index.ts';
import { closeDataSources, dataSourceOptions, openDataSource } from '../support/data-sources.ts';
import { codeOf, rejection } from '../support/rejection.ts';

let url: string;

beforeAll(async () => {
  ({ url } = await testDatabase());
});
afterEach(closeDataSources);

describe('the shared pool', () => {
  it("uses the application's connections", async () => {
    const dataSource = await openDataSource(url, { applicationName: 'shop', poolSize: 1 });
    const store = typeormStore(dataSource, { pool: 'shared' });

    const { rows } = await store.query(
      "select current_setting('application_name') as name, count(*)::integer as count from pg_stat_activity where datname = current_database()",
    );

    expect(rows).toEqual([{ name: 'shop', count: 1 }]);
  });

  it('gives every connection back, also after errors', async () => {
    const dataSource = await openDataSource(url, { poolSize: 1 });
    const store = typeormStore(dataSource, { pool: 'shared' });

    const errors = [
      await rejection(store.query('select * from nowhere')),
      await rejection(store.script('select 1; select 1 / 0')),
      await rejection(store.transaction((sql) => sql.query('select 1 / 0'))),
      await rejection(store.transaction(() => Promise.reject(new Error('no')))),
    ];
    const after = await dataSource.query('select 1::integer as one');

    expect(errors.map(sqlState)).toEqual(['42P01', '22012', '22012', undefined]);
    expect(after).toEqual([{ one: 1 }]);
  });

  it('gives up waiting for a connection in time, and gives back one that comes too late', async () => {
    const dataSource = await openDataSource(url, { poolSize: 1 });
    const store = typeormStore(dataSource, { pool: 'shared', connectTimeoutMs: 50 });
    const busy = dataSource.createQueryRunner();
    await busy.connect();

    const code = await codeOf(() => store.query('select 1'));
    await busy.release();
    const { rows } = await vi.waitFor(() => store.query('select 2::integer as two'), { timeout: 10_000 });

    expect({ code, rows }).toEqual({ code: 'STORE_UNAVAILABLE', rows: [{ two: 2 }] });
  });

  it('rejects while the DataSource is not initialized, and works once it is', async () => {
    const dataSource = new DataSource(dataSourceOptions(url));
    const store = typeormStore(dataSource, { pool: 'shared' });

    const before = await rejection(store.query('select 1'));
    await dataSource.initialize();
    const { rows } = await store.query('select 1::integer as one');
    await dataSource.destroy();

    expect(before).toBeInstanceOf(Error);
    expect(rows).toEqual([{ one: 1 }]);
  });

  it('leaves the DataSource open at close()', async () => {
    const dataSource = await openDataSource(url);
    const store = typeormStore(dataSource, { pool: 'shared' });
    await store.query('select 1');

    await store.close?.();

    expect(await dataSource.query('select 1::integer as one')).toEqual([{ one: 1 }]);
    expect(await codeOf(() => store.query('select 1'))).toBe('STORE_CLOSED');
  });

  it('takes its time limits back with the transaction', async () => {
    const dataSource = await openDataSource(url, { poolSize: 1 });
    const store = typeormStore(dataSource, { pool: 'shared', statementTimeoutMs: 1_234 });

    const inside = await store.transaction((sql) => sql.query('show statement_timeout'));
    const after = await dataSource.query('show statement_timeout');

    expect([inside.rows, after]).toEqual([[{ statement_timeout: '1234ms' }], [{ statement_timeout: '0' }]]);
  });
});
