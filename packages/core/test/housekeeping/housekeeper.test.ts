import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createObservability, runHousekeeping } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createQuietLogger } from '@pg-observability/testkit';
import { Housekeeper } from '../../src/housekeeping/housekeeper.ts';
import type { HousekeeperOptions } from '../../src/housekeeping/housekeeper.ts';
import { resolveRetention } from '../../src/housekeeping/retention.ts';
import { createLog } from '../../src/logging/log-once.ts';
import { addSpans, DAY_MS, openDatabase, partitionNames } from './housekeeping-database.ts';
import type { HousekeepingDatabase } from './housekeeping-database.ts';

let database: HousekeepingDatabase;
let store: SqlStore;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  database = await openDatabase(18);
  store = database.store;
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  await database.close();
});

function createHousekeeper(options: Partial<HousekeeperOptions> = {}): Housekeeper {
  const housekeeper = new Housekeeper(store, {
    intervalMs: 3_600_000,
    retention: resolveRetention(undefined),
    log: createLog(createQuietLogger()),
    startDelayMs: 0,
    lease: { durationMs: 1_500, renewIntervalMs: 100 },
    ...options,
  });
  stops.push(() => housekeeper.stop());
  return housekeeper;
}

const hasWorked = (housekeeper: Housekeeper): boolean => housekeeper.stats().lastReport !== null;

it('works in one of several processes, and in another once that one stops', async () => {
  const old = await addSpans(store, Date.now() - 30 * DAY_MS);
  const housekeepers = [createHousekeeper(), createHousekeeper(), createHousekeeper()];
  housekeepers.forEach((each) => each.start());
  await expect.poll(() => housekeepers.filter(hasWorked).length, { timeout: 10_000 }).toBe(1);

  const first = housekeepers.find(hasWorked);
  await first?.stop();
  await expect.poll(() => housekeepers.filter(hasWorked).length, { timeout: 10_000 }).toBe(2);

  expect(housekeepers.filter((each) => each.stats().holdsLease)).toHaveLength(1);
  expect(first?.stats()).toMatchObject({ holdsLease: false, lastReport: { ok: true, leaseLost: false } });
  expect(await partitionNames(store)).not.toContain(old);
});

it('drops nothing under a lease that somebody else has taken', async () => {
  const old = await addSpans(store, Date.now() - 30 * DAY_MS);
  const housekeeper = createHousekeeper({ lease: { durationMs: 60_000, renewIntervalMs: 30_000 } });
  housekeeper.start();
  await expect.poll(() => hasWorked(housekeeper), { timeout: 10_000 }).toBe(true);
  const older = await addSpans(store, Date.now() - 31 * DAY_MS);
  await store.query("update observability.leases set holder = 'somebody else', fence = fence + 1");

  const report = await housekeeper.runOnce();

  expect(report).toMatchObject({ leaseLost: true, steps: [{ step: 'partitions_ahead' }, { dropped: [] }] });
  expect(await partitionNames(store)).toContain(older);
  expect(await partitionNames(store)).not.toContain(old);
});

it('says one line when trouble starts and one when it ends', async () => {
  const lines: string[] = [];
  const note = (line: string): void => void lines.push(line);
  const housekeeper = createHousekeeper({ log: createLog({ info: note, warn: note, error: note }) });
  await store.script('alter table observability.alerts rename to alerts_away');

  await housekeeper.runOnce();
  await housekeeper.runOnce();
  await store.script('alter table observability.alerts_away rename to alerts');
  await housekeeper.runOnce();
  await housekeeper.runOnce();

  expect(lines).toEqual([expect.stringContaining('alerts'), expect.stringContaining('2 failed rounds')]);
  expect(housekeeper.stats().lastReport).toMatchObject({ ok: true });
});

it('sweeps in the process that holds the lease only, and not after it has stopped', async () => {
  const sweeps = [0, 0, 0];
  const housekeepers = sweeps.map((_, index) =>
    createHousekeeper({
      stuckSweep: {
        intervalMs: 5,
        run: async (mayGoOn) => {
          expect(mayGoOn()).toBe(true);
          sweeps[index] = (sweeps[index] ?? 0) + 1;
        },
      },
    }),
  );
  housekeepers.forEach((each) => each.start());
  await expect.poll(() => Math.max(...sweeps), { timeout: 10_000 }).toBeGreaterThan(3);

  const holder = housekeepers.findIndex((each) => each.stats().holdsLease);
  const others = sweeps.filter((_, index) => index !== holder);
  await housekeepers[holder]?.stop();
  const swept = sweeps[holder];
  await expect.poll(() => sweeps.filter((count) => count > 0).length, { timeout: 10_000 }).toBe(2);

  expect(others).toEqual([0, 0]);
  expect(sweeps[holder]).toBe(swept);
});

it('says one line when the sweep begins to fail and one when it works again', async () => {
  const lines: string[] = [];
  const note = (line: string): void => void lines.push(line);
  let runs = 0;
  const housekeeper = createHousekeeper({
    log: createLog({ info: note, warn: note, error: note }),
    stuckSweep: {
      intervalMs: 5,
      run: async () => {
        runs += 1;
        if (runs <= 3) {
          throw new Error('no luck');
        }
      },
    },
  });
  housekeeper.start();
  await expect.poll(() => runs, { timeout: 10_000 }).toBeGreaterThan(5);

  expect(lines).toEqual([expect.stringContaining('no luck'), expect.stringContaining('after 3 failures')]);
});

it('tells of a stuck workflow in an instance that was composed, and of its end', async () => {
  const observability = createObservability({
    serviceName: 'test',
    store: postgresStore(database.url ?? ''),
    logger: createQuietLogger(),
    stuckWorkflows: { intervalMs: 1_000, severity: 'critical' },
  });
  stops.push(() => observability.shutdown());
  const { workflowId } = await observability.workflows.createWorkflow({ workflowType: 'order' });
  await store.query("update observability.workflow_state set deadline_at = now() - interval '1 minute'");
  await observability.start();
  const alerts = () => observability.alerts.list({ alertType: 'workflow_stuck' });

  await expect.poll(async () => (await alerts()).length, { timeout: 25_000 }).toBe(1);
  await observability.workflows.transition(workflowId, 'paid', 'running');
  await expect.poll(async () => (await alerts())[0]?.state, { timeout: 10_000 }).toBe('resolved');

  await observability.metrics.flush();
  const points = await observability.metrics.query('workflow.stuck', { labels: { type: 'order' } });
  expect(points.map(({ value }) => value)).toContain(0);
  expect(await alerts()).toMatchObject([{ severity: 'critical', metadata: { workflowId } }]);
});

it('leaves it to others where its role does not own the tables, and asks for no lease', async () => {
  const lines: string[] = [];
  const note = (line: string): void => void lines.push(line);
  const role = `housekeeper_${process.pid}`;
  await store.script(`create role ${role} login password 'secret' in role pg_read_all_data`);
  const url = new URL(database.url ?? '');
  url.username = role;
  url.password = 'secret';
  const reader = postgresStore(url.href);
  const housekeeper = new Housekeeper(reader, {
    intervalMs: 3_600_000,
    retention: resolveRetention(undefined),
    log: createLog({ info: note, warn: note, error: note }),
    startDelayMs: 0,
  });

  housekeeper.start();
  await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(1);
  await housekeeper.stop();
  await reader.close?.();
  await store.script(`drop role ${role}`);

  expect(housekeeper.stats()).toEqual({ holdsLease: false, lastReport: null });
  expect((await store.query('select name from observability.leases')).rows).toEqual([]);
});

it('gives the lease back in time when it is stopped, also amid a round', async () => {
  const reader = new pg.Client({ connectionString: database.url ?? '' });
  await reader.connect();
  await addSpans(store, Date.now() - 30 * DAY_MS);
  await reader.query('begin');
  await reader.query('select count(*) from observability.spans');
  const housekeeper = createHousekeeper();
  housekeeper.start();
  await expect
    .poll(async () => (await store.query('select 1 from observability.leases')).rowCount, { interval: 5 })
    .toBe(1);

  const begin = performance.now();
  await housekeeper.stop();
  const stoppedMs = performance.now() - begin;
  await reader.end();

  const { rows } = await store.query(
    'select expires_at <= clock_timestamp() as free from observability.leases',
  );
  expect(rows).toEqual([{ free: true }]);
  expect(stoppedMs).toBeLessThan(3_000);
});

it.each([
  ['a URL', 'postgresStore(process.env.DATABASE_URL)'],
  [
    'a pool that nobody ends',
    'postgresStore(new pg.Pool({ connectionString: process.env.DATABASE_URL, idleTimeoutMillis: 5_500 }))',
  ],
])('keeps no process alive that holds the lease through %s', async (_case, expression) => {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import pg from 'pg';
       import { postgresStore } from '@pg-observability/core/node-postgres';
       import { Housekeeper } from './dist/housekeeping/housekeeper.js';
       import { resolveRetention } from './dist/housekeeping/retention.js';
       const quiet = { info() {}, warn: console.log, error: console.log };
       const housekeeper = new Housekeeper(${expression}, {
         intervalMs: 3_600_000, retention: resolveRetention(undefined), log: quiet, startDelayMs: 0,
       });
       housekeeper.start();
       const waiting = setInterval(() => {
         if (housekeeper.stats().lastReport !== null) {
           console.log('worked', housekeeper.stats().holdsLease);
           clearInterval(waiting);
         }
       }, 20);`,
    ],
    {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: database.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = once(child, 'exit');

  expect(await text(child.stdout)).toBe('worked true\n');
  expect(await ended).toEqual([0, null]);
});

it('begins by itself in an instance that was composed, and gives the lease back when it shuts down', async () => {
  const own = postgresStore(database.url);
  const old = await addSpans(store, Date.now() - 30 * DAY_MS);
  const observability = createObservability({
    serviceName: 'test',
    store: own,
    logger: createQuietLogger(),
    housekeeping: { retention: { spansDays: 20 } },
  });
  await observability.start();

  await expect
    .poll(() => observability.stats().housekeeping?.lastReport, { timeout: 25_000 })
    .toMatchObject({ ok: true });
  const held = observability.stats().housekeeping?.holdsLease;
  await observability.shutdown();

  const { rows } = await store.query(
    'select name, expires_at <= clock_timestamp() as free from observability.leases',
  );
  expect([held, rows]).toEqual([true, [{ name: 'housekeeping', free: true }]]);
  expect(await partitionNames(store)).not.toContain(old);
});

it('may be run by hand while a housekeeper holds the lease', async () => {
  const housekeeper = createHousekeeper();
  housekeeper.start();
  await expect.poll(() => housekeeper.stats().holdsLease, { timeout: 10_000 }).toBe(true);
  const old = await addSpans(store, Date.now() - 30 * DAY_MS);

  await Promise.all([runHousekeeping(store), runHousekeeping(store)]);

  expect(await partitionNames(store)).not.toContain(old);
});
