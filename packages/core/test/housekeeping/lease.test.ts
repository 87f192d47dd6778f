import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureObservabilityTables } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { openDatabase } from './housekeeping-database.ts';
import { Lease } from '../../src/housekeeping/lease.ts';
import type { LeaseOptions } from '../../src/housekeeping/lease.ts';
import { fenceCondition, fenceValues, withFence } from '../../src/housekeeping/lease-grant.ts';
import type { LeaseGrant } from '../../src/housekeeping/lease-grant.ts';

let url: string;
let store: SqlStore;
const started: Lease[] = [];
beforeAll(async () => {
  ({ url } = await testDatabase());
  store = postgresStore(url);
  await ensureObservabilityTables(store);
});
afterAll(async () => {
  await Promise.all(started.map((lease) => lease.stop()));
  await store.close?.();
});

/** A lease that is started, and a promise of its first grant. */
function startLease(name: string, options: Partial<LeaseOptions> = {}): [Lease, Promise<LeaseGrant>] {
  let onAcquired: (grant: LeaseGrant) => void = () => undefined;
  const acquired = new Promise<LeaseGrant>((resolve) => {
    onAcquired = resolve;
  });
  const lease = new Lease(store, { name, ...options, onAcquired });
  started.push(lease);
  lease.start();
  return [lease, acquired];
}

async function expire(name: string): Promise<void> {
  await store.query('update observability.leases set expires_at = clock_timestamp() where name = $1::text', [
    name,
  ]);
}

async function expiryInSeconds(name: string): Promise<number> {
  const { rows } = await store.query<{ seconds: number }>(
    'select extract(epoch from expires_at)::float8 as seconds from observability.leases where name = $1::text',
    [name],
  );
  return rows[0]?.seconds ?? 0;
}

it('is given to one of many that ask at once', async () => {
  const leases = Array.from({ length: 8 }, () => startLease('one-of-many'));

  const grant = await Promise.race(leases.map(([, acquired]) => acquired));

  expect(leases.map(([lease]) => lease.held).filter((held) => held !== undefined)).toEqual([grant]);
  expect(grant).toEqual({ name: 'one-of-many', holder: expect.any(String), fence: '1' });
});

it('goes to another at once when it was given back and the other looks, with a greater fence', async () => {
  const [first, firstGrant] = startLease('given-back');
  const { holder } = await firstGrant;
  await first.stop();

  const [second, secondGrant] = startLease('given-back');
  const grant = await secondGrant;

  expect(grant.fence).toBe('2');
  expect(grant.holder).not.toBe(holder);
  expect([first.held, second.held]).toEqual([undefined, grant]);
});

it('stays with its holder for longer than it runs, because it is renewed', async () => {
  const [holder, granted] = startLease('renewed', { durationMs: 900, renewIntervalMs: 100 });
  const grant = await granted;
  const [other] = startLease('renewed', { durationMs: 900, renewIntervalMs: 100 });

  const first = await expiryInSeconds('renewed');

  await expect.poll(() => expiryInSeconds('renewed'), { timeout: 10_000 }).toBeGreaterThan(first + 2);

  expect([holder.held, other.held]).toEqual([grant, undefined]);
});

it('is noticed to be lost by a holder whose row was taken over', async () => {
  let hasLost = false;
  const onLost = (): void => {
    hasLost = true;
  };
  const [holder, granted] = startLease('lost', { renewIntervalMs: 50, onLost });
  await granted;

  await store.query(
    "update observability.leases set holder = 'somebody else', fence = fence + 1 where name = 'lost'",
  );
  await expect.poll(() => hasLost).toBe(true);

  expect(holder.held).toBeUndefined();
});

it('refuses the write of a holder that comes too late, in a transaction and in one statement', async () => {
  await store.script('create table if not exists public.fenced (value text not null)');
  const [, granted] = startLease('late', { renewIntervalMs: 60_000 });
  const late = await granted;
  await expire('late');
  const [, grantedNext] = startLease('late', { renewIntervalMs: 60_000 });
  const next = await grantedNext;
  const insert = `insert into public.fenced (value) select $1::text where ${fenceCondition(2)}`;

  const outcomes = [
    await withFence(store, late, (sql) => sql.query("insert into public.fenced values ('late')")),
    (await store.query(insert, ['late', ...fenceValues(late)])).rowCount,
    (await withFence(store, next, (sql) => sql.query("insert into public.fenced values ('in time')"))).held,
    (await store.query(insert, ['in time', ...fenceValues(next)])).rowCount,
  ];

  expect(outcomes).toEqual([{ held: false }, 0, true, 1]);
  const { rows } = await store.query('select value from public.fenced');
  expect(rows).toEqual([{ value: 'in time' }, { value: 'in time' }]);
});

it('cannot be taken over while a checked write is open', async () => {
  const [, granted] = startLease('open-write', { renewIntervalMs: 60_000 });
  const grant = await granted;
  const order: string[] = [];
  let takingOver: Promise<unknown> = Promise.resolve();

  await withFence(store, grant, async (sql) => {
    // The lease runs out while the write is open, as when the holder is slow.
    takingOver = store
      .query("update observability.leases set fence = fence + 1 where name = 'open-write'")
      .then(() => order.push('taken over'));
    await expect
      .poll(
        async () =>
          (await sql.query('select count(*)::integer as waiting from pg_locks where not granted')).rows[0]?.[
            'waiting'
          ],
      )
      .toBeGreaterThan(0);
    order.push('written');
  });
  await takingOver;

  expect(order).toEqual(['written', 'taken over']);
});

it('is not held by a holder that could not renew it in time, before anybody else can have it', async () => {
  const [lease, granted] = startLease('paused', { durationMs: 60, renewIntervalMs: 60_000 });
  await granted;

  await expect.poll(() => lease.held).toBeUndefined();
});

it('passes on within 20 seconds when the process that holds it is killed', async () => {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { Lease } from './dist/housekeeping/lease.js';
       import { postgresStore } from '@pg-observability/core/node-postgres';
       setInterval(() => undefined, 1000);
       new Lease(postgresStore(process.env.DATABASE_URL), {
         name: 'killed', onAcquired: ({ fence }) => console.log(fence),
       }).start();`,
    ],
    {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: url },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [fence] = await once(child.stdout, 'data');
  const [, granted] = startLease('killed');
  const killedAt = performance.now();
  child.kill('SIGKILL');

  const grant = await granted;

  expect([String(fence).trim(), grant.fence]).toEqual(['1', '2']);
  expect(performance.now() - killedAt).toBeLessThan(20_000);
});

it('works on the embedded store, too', async () => {
  const { store: embedded, close } = await openDatabase('embedded');
  const lease = new Lease(embedded, { name: 'embedded' });
  lease.start();
  await expect.poll(() => lease.held?.fence).toBe('1');
  const grant = lease.held;

  const before = await withFence(embedded, grant, (sql) => sql.query('select 1 as one'));
  await lease.stop();
  const after = await withFence(embedded, grant, (sql) => sql.query('select 1 as one'));
  await close();

  expect([before, after]).toEqual([
    { held: true, result: { rows: [{ one: 1 }], rowCount: 1 } },
    { held: false },
  ]);
});
