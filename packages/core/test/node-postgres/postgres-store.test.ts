import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createObservability, WorkflowStateTracker } from '@pg-observability/core';
import type { SqlResult } from '@pg-observability/core';
import { fromPgClient, postgresStore } from '@pg-observability/core/node-postgres';
import { startFaultProxy, testDatabase } from '@pg-observability/testkit';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

it.each([
  ['undefined', undefined],
  ['null', null],
  ['an empty text', ''],
  ['another scheme', 'mysql://app:hunter2@db/x'],
  ['a broken URL', 'postgres://app:hunter2@[/x'],
  ['a number', 5432],
  ['an object', { query: () => undefined }],
])('refuses %s with a message that holds no password', (_case, input) => {
  const error = ((): unknown => {
    try {
      postgresStore(input as never);
      return undefined;
    } catch (thrown) {
      return thrown;
    }
  })();

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(String(error)).not.toContain('hunter2');
});

it.each([0, -1, 1.5, Number.NaN, '2', Number.POSITIVE_INFINITY])(
  'refuses %s connections',
  (maxConnections) => {
    expect(() => postgresStore(database.url, { maxConnections: maxConnections as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }) as Error,
    );
  },
);

it('leaves a pool that was handed in open', async () => {
  const pool = new pg.Pool({ connectionString: database.url });
  const store = postgresStore(pool);

  await store.query('select 1');
  await store.close?.();
  const { rows } = await pool.query('select 1::integer as one');
  await pool.end();

  expect(rows).toEqual([{ one: 1 }]);
});

it('takes one client of a pool at a time and gives each back, also after failures', async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  const store = postgresStore(pool);

  for (let i = 0; i < 5; i += 1) {
    await store.query('select 1 / 0').catch(() => undefined);
    await store.transaction((sql) => sql.query('select 1 / 0')).catch(() => undefined);
  }
  const { rows } = await store.query('select 1::integer as one');
  const idle = [pool.totalCount, pool.idleCount, pool.waitingCount];
  await pool.end();

  expect(rows).toEqual([{ one: 1 }]);
  expect(idle).toEqual([1, 1, 0]);
});

it('names itself to the server, and uses two connections at most', async () => {
  const store = postgresStore(database.url);

  const results = await Promise.all(
    Array.from({ length: 6 }, () =>
      store.query(
        "select current_setting('application_name') as name, pg_backend_pid() as pid from pg_sleep(0.01)",
      ),
    ),
  );
  await store.close?.();

  expect(new Set(results.map(({ rows }) => rows[0]?.['name']))).toEqual(new Set(['pg-observability']));
  expect(new Set(results.map(({ rows }) => rows[0]?.['pid'])).size).toBeLessThanOrEqual(2);
});

it('cancels a statement that takes too long in a transaction', async () => {
  const store = postgresStore(database.url, { statementTimeoutMs: 100 });

  const slow = store.transaction((sql) => sql.query('select pg_sleep(20)'));

  await expect(slow).rejects.toMatchObject({ code: '57014' });
  await store.close?.();
});

it('rejects a transaction whose work swallowed a failure, because PostgreSQL rolled it back', async () => {
  const store = postgresStore(database.url);

  const quiet = store.transaction(async (sql) => {
    await sql.query('select 1 / 0').catch(() => undefined);
    return 'looks fine';
  });

  await expect(quiet).rejects.toMatchObject({ code: 'STORE_FAILED' });
  await store.close?.();
});

it('takes another connection after PostgreSQL has ended one', async () => {
  const store = postgresStore(database.url, { maxConnections: 1 });

  const ended = store.query('select pg_terminate_backend(pg_backend_pid())');
  await expect(ended).rejects.toMatchObject({ code: '57P01' });
  const { rows } = await store.query('select 1::integer as one');
  await store.close?.();

  expect(rows).toEqual([{ one: 1 }]);
});

it('gives up on a connection whose bytes vanish, and works again on another one', async () => {
  const { hostname, port } = new URL(database.url);
  const proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
  const store = postgresStore(proxy.url(database.url), { statementTimeoutMs: 200, connectTimeoutMs: 500 });
  // On a busy machine a connection takes longer at first.
  const answerOf = (text: string): Promise<SqlResult> =>
    vi.waitFor(() => store.query(text), { timeout: 10_000 });
  await answerOf('select 1');

  proxy.blackhole(true);
  const lost = store.query('select 1');
  await expect(lost).rejects.toThrow();
  proxy.blackhole(false);
  const { rows } = await answerOf('select 1::integer as one');
  await store.close?.();
  await proxy.close();

  expect(rows).toEqual([{ one: 1 }]);
});

it('survives connections that are cut while idle', async () => {
  const { hostname, port } = new URL(database.url);
  const proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
  const store = postgresStore(proxy.url(database.url));
  await store.query('select 1');

  proxy.cut();
  await new Promise((resolve) => setImmediate(resolve));
  const answers = await Promise.allSettled([store.query('select 1'), store.query('select 1')]);
  const { rows } = await store.query('select 1::integer as one');
  await store.close?.();
  await proxy.close();

  expect(answers).toHaveLength(2);
  expect(rows).toEqual([{ one: 1 }]);
});

it('rejects awaited calls in time with STORE_UNAVAILABLE while the database is away, without the password', async () => {
  const away = new URL(database.url);
  away.port = '1';
  const password = decodeURIComponent(away.password);
  const store = postgresStore(away.href);
  const observability = createObservability({
    serviceName: 'away',
    store,
    timeoutMs: 500,
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });

  const error: unknown = await observability.workflows
    .createWorkflow({ workflowType: 'order' })
    .catch((thrown: unknown) => thrown);
  await observability.shutdown();

  expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(password).not.toBe('');
  expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(password);
});

it("moves a workflow in the caller's own transaction", async () => {
  const store = postgresStore(database.url);
  const workflows = new WorkflowStateTracker(store);
  const { workflowId } = await workflows.createWorkflow({ workflowType: 'order' });
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();

  await client.query('begin');
  await workflows.within(fromPgClient(client)).transition(workflowId, 'paid', 'running');
  await client.query('rollback');
  const rolledBack = await workflows.getWorkflow(workflowId);
  await client.query('begin');
  await workflows.within(fromPgClient(client)).transition(workflowId, 'paid', 'running');
  await client.query('commit');
  const committed = await workflows.getWorkflow(workflowId);
  await client.end();
  await store.close?.();

  expect([rolledBack?.currentPhase, committed?.currentPhase]).toEqual(['created', 'paid']);
});

describe('a connection that ends in the moment it is made', () => {
  // An error event without a listener is an uncaught exception, on which vitest fails the run.
  it.each([
    ['a pool of its own', (url: string) => postgresStore(url)],
    ['a pool handed in', (url: string) => postgresStore(openPool(url))],
  ])('fails the statement and not the process, with %s', async (_case, open) => {
    const { hostname, port } = new URL(database.url);
    const proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
    const store = open(proxy.url(database.url));

    proxy.endWhenReady(1);
    const code = await store.query('select 1').then(
      () => 'answered',
      (error: unknown) => (error as Error).message,
    );
    const { rows } = await store.query('select 1::integer as one');
    await store.close?.();
    await proxy.close();

    expect(proxy.endsLeft).toBe(0);
    expect(code).toContain('not queryable');
    expect(rows).toEqual([{ one: 1 }]);
  });
});

function openPool(connectionString: string): pg.Pool {
  return new pg.Pool({ connectionString, max: 1 }).on('error', () => undefined);
}

it('leaves no listener on a pool or its clients behind, however many calls waited', async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  const store = postgresStore(pool);

  await Promise.all(Array.from({ length: 30 }, () => store.query('select 1')));
  await new Promise(setImmediate);
  const client = await pool.connect();
  const counts = [pool.listenerCount('acquire'), client.listenerCount('error')];
  client.release();
  await pool.end();

  expect(counts).toEqual([0, 0]);
});
