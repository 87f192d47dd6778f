import { isTransient, sqlState } from '@pg-observability/core';
import type { SqlResult, SqlStore } from '@pg-observability/core';
import { startFaultProxy, testDatabase } from '@pg-observability/testkit';
import type { FaultProxy } from '@pg-observability/testkit';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { typeormStore } from '../../src/index.ts';
import { closeDataSources, dataSourceOptions, openDataSource } from '../support/data-sources.ts';
import { codeOf, rejection } from '../support/rejection.ts';

let direct: string;
let proxy: FaultProxy;
let url: string;

beforeAll(async () => {
  ({ url: direct } = await testDatabase());
  proxy = await startFaultProxy({
    target: { host: new URL(direct).hostname, port: Number(new URL(direct).port) },
  });
  url = proxy.url(direct);
});
afterEach(async () => {
  proxy.blackhole(false);
  await proxy.refuse(false);
  await closeDataSources();
});
afterAll(() => proxy.close());

const quick = { connectTimeoutMs: 300, statementTimeoutMs: 100 };

/** What a database answers that is there. On a busy machine that takes longer at first than `quick` allows. */
const answerOf = (store: SqlStore, text: string): Promise<SqlResult> =>
  vi.waitFor(() => store.query(text), { timeout: 10_000 });

describe('a database that is away', () => {
  it('makes the first use reject, and the next one works once it is back', async () => {
    const store = typeormStore(new DataSource(dataSourceOptions(url)), quick);
    await proxy.refuse(true);

    const errors = [await rejection(store.query('select 1')), await rejection(store.script('select 1'))];
    await proxy.refuse(false);
    const { rows } = await answerOf(store, 'select 1::integer as one');
    await store.close?.();

    expect(errors.map(isTransient)).toEqual([true, true]);
    expect(rows).toEqual([{ one: 1 }]);
  });

  it('keeps the SQLSTATE of a refused connection', async () => {
    const wrong = new URL(direct);
    wrong.pathname = '/no_such_database';
    const store = typeormStore(new DataSource(dataSourceOptions(wrong.href)));

    const error = await rejection(store.query('select 1'));
    await store.close?.();

    expect(sqlState(error)).toBe('3D000');
  });
});

describe('connections that end in the moment they are made', () => {
  // An error event without a listener is an uncaught exception, on which vitest fails the run. TypeORM makes a connection,
  // gives it back, and asks for the server's version before it lets anybody else have one: each of these meets the end.
  it.each(['own', 'shared'] as const)('fail statements and not the process (%s pool)', async (pool) => {
    const dataSource = await openDataSource(url, { extra: { idleTimeoutMillis: 1 } });
    const store = typeormStore(dataSource, { ...quick, pool });
    const { master } = dataSource.driver as unknown as { master: { totalCount: number } };
    await vi.waitFor(() => expect(master.totalCount).toBe(0));

    const errors: unknown[] = [];
    proxy.endWhenReady(6);
    while (proxy.endsLeft > 0) {
      errors.push(await rejection(store.query('select 1')));
    }
    const { rows } = await answerOf(store, 'select 1::integer as one');
    await store.close?.();

    expect(errors.length).toBeGreaterThan(0);
    expect(errors.filter((error) => error !== undefined && !isTransient(error))).toEqual([]);
    expect(rows).toEqual([{ one: 1 }]);
  });
});

describe('a connection whose bytes vanish', () => {
  it.each(['own', 'shared'] as const)('is given up in time and not used again (%s pool)', async (pool) => {
    const dataSource = await openDataSource(url, { poolSize: 1 });
    const store = typeormStore(dataSource, { ...quick, pool });
    const before = await answerOf(store, 'select pg_backend_pid() as connection');

    proxy.blackhole(true);
    const code = await codeOf(() => store.query('select 2'));
    proxy.blackhole(false);
    const after = await answerOf(store, 'select pg_backend_pid() as connection');
    await store.close?.();

    expect(code).toBe('STORE_UNAVAILABLE');
    expect(after.rows).not.toEqual(before.rows);
  });

  it('does not hang the first connection', async () => {
    const store = typeormStore(new DataSource(dataSourceOptions(url)), quick);

    proxy.blackhole(true);
    const error = await rejection(store.query('select 1'));
    proxy.blackhole(false);
    const { rows } = await answerOf(store, 'select 1::integer as one');
    await store.close?.();

    expect(isTransient(error)).toBe(true);
    expect(rows).toEqual([{ one: 1 }]);
  });
});

describe('a connection that is cut', () => {
  it('inside a transaction makes it reject, and the next one works', async () => {
    const store = typeormStore(new DataSource(dataSourceOptions(url)));

    const error = await rejection(
      store.transaction(async (sql) => {
        await sql.query('create table half (id integer)');
        proxy.cut();
        await sql.query('select 1');
      }),
    );
    const { rows } = await store.transaction((sql) => sql.query("select to_regclass('half') as found"));
    await store.close?.();

    expect(isTransient(error)).toBe(true);
    expect(rows).toEqual([{ found: null }]);
  });
});
