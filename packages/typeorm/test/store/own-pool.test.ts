import { testDatabase } from '@pg-observability/testkit';
import { isTransient } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { typeormStore } from '../../src/index.ts';
import { countConnections, terminateConnections } from '../support/connections.ts';
import { closeDataSources, dataSourceOptions, openDataSource } from '../support/data-sources.ts';
import { codeOf, rejection } from '../support/rejection.ts';

let url: string;
let outside: SqlStore;
const stores: SqlStore[] = [];

function open(...args: Parameters<typeof typeormStore>): SqlStore {
  const store = typeormStore(...args);
  stores.push(store);
  return store;
}

beforeAll(async () => {
  ({ url } = await testDatabase());
  outside = postgresStore(url);
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map(async (store) => store.close?.()));
  await closeDataSources();
});
afterAll(() => outside.close?.());

describe('the pool of its own', () => {
  it('connects at the first use, under its own name', async () => {
    const store = open(new DataSource(dataSourceOptions(url, { applicationName: 'shop' })));
    const before = await countConnections(outside, 'pg-observability');

    const { rows } = await store.query("select current_setting('application_name') as name");

    expect({ before, rows }).toEqual({ before: 0, rows: [{ name: 'pg-observability' }] });
  });

  it('has two connections whatever the pool of the application is allowed', async () => {
    const store = open(new DataSource(dataSourceOptions(url, { poolSize: 30, extra: { max: 30, min: 10 } })));

    await Promise.all(Array.from({ length: 8 }, () => store.query('select pg_sleep(0.05)')));

    await expect.poll(() => countConnections(outside, 'pg-observability')).toBe(2);
  });

  it('works while the application holds every connection of its own pool', async () => {
    const dataSource = await openDataSource(url, { poolSize: 1 });
    const busy = dataSource.createQueryRunner();
    await busy.connect();

    const { rows } = await open(dataSource).query('select 1::integer as one');
    await busy.release();

    expect(rows).toEqual([{ one: 1 }]);
  });

  it('works before initialize() and after destroy() of the DataSource', async () => {
    const dataSource = new DataSource(dataSourceOptions(url));
    const store = open(dataSource);

    const before = await store.query("select 'before' as moment");
    await dataSource.initialize();
    await dataSource.destroy();
    const after = await store.query("select 'after' as moment");

    expect([...before.rows, ...after.rows]).toEqual([{ moment: 'before' }, { moment: 'after' }]);
  });

  it('runs nothing of the application: no migration, no synchronize, no dropSchema, no log line', async () => {
    await outside.script('create table keep (id integer)');
    const lines: string[] = [];
    const record = (line: unknown): void => void lines.push(String(line));
    const logger = {
      logQuery: record,
      logQueryError: record,
      logQuerySlow: record,
      logSchemaBuild: record,
      logMigration: record,
      log: record,
    };
    const more = {
      synchronize: true,
      dropSchema: true,
      migrationsRun: true,
      cache: true,
      logging: 'all',
      logger,
    };
    const store = open(new DataSource(dataSourceOptions(url, more)));

    await store.query('select 1');
    const { rows } = await outside.query(
      "select table_name from information_schema.tables where table_schema = 'public' order by 1",
    );

    expect({ rows, lines }).toEqual({ rows: [{ table_name: 'keep' }], lines: [] });
  });

  it('writes to the master of a DataSource that replicates', async () => {
    const { hostname: host, port, username, password, pathname } = new URL(url);
    const master = { host, port: Number(port), username, password, database: pathname.slice(1) };
    const options = {
      replication: { master, slaves: [{ ...master, port: 1 }] },
      url: 'postgres://127.0.0.1:1/wrong',
    };
    const store = open(new DataSource({ ...dataSourceOptions(url), ...options } as never));

    const { rowCount } = await store.query('insert into keep values (1)');

    expect(rowCount).toBe(1);
  });

  it('takes a password that is asked for', async () => {
    const { hostname: host, port, username, password, pathname } = new URL(url);
    const options = { host, port: Number(port), username, database: pathname.slice(1) };
    const store = open(
      new DataSource({ type: 'postgres', ...options, password: async () => decodeURIComponent(password) }),
    );

    const { rows } = await store.query('select 1::integer as one');

    expect(rows).toEqual([{ one: 1 }]);
  });

  it('connects again after its connections were ended', async () => {
    const store = open(new DataSource(dataSourceOptions(url)));
    await Promise.all([store.query('select 1'), store.query('select 1')]);

    await terminateConnections(outside, 'pg-observability');
    const errors = [await rejection(store.query('select 2')), await rejection(store.query('select 2'))];
    const { rows } = await store.query('select 3::integer as three');

    expect(errors.map((error) => error === undefined || isTransient(error))).toEqual([true, true]);
    expect(rows).toEqual([{ three: 3 }]);
  });
});

describe('close', () => {
  it('ends its own connections, waits for what runs, may be called twice, and leaves the DataSource open', async () => {
    const dataSource = await openDataSource(url);
    const store = open(dataSource);
    const running = store.query('select 1::integer as one from pg_sleep(0.2)');

    await Promise.all([store.close?.(), store.close?.()]);
    const { rows } = await running;

    expect(rows).toEqual([{ one: 1 }]);
    await expect.poll(() => countConnections(outside, 'pg-observability')).toBe(0);
    expect(await dataSource.query('select 2::integer as two')).toEqual([{ two: 2 }]);
  });

  it('makes later calls reject with STORE_CLOSED', async () => {
    const store = open(new DataSource(dataSourceOptions(url)));
    await store.close?.();

    const codes = await Promise.all([
      codeOf(() => store.query('select 1')),
      codeOf(() => store.script('select 1')),
      codeOf(() => store.transaction(async () => 1)),
    ]);

    expect(codes).toEqual(['STORE_CLOSED', 'STORE_CLOSED', 'STORE_CLOSED']);
  });
});
