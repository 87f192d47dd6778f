import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { runHousekeeping } from '@pg-observability/core';
import type { HousekeepingStepReport, SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { addSpans, DAY_MS, openDatabase, partitionNames } from './housekeeping-database.ts';
import type { HousekeepingDatabase } from './housekeeping-database.ts';

let database: HousekeepingDatabase;
let store: SqlStore;
let writer: SqlStore;
const clients: pg.Client[] = [];
const stops: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  database = await openDatabase(18);
  store = database.store;
  writer = postgresStore(database.url);
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end()));
  await Promise.allSettled(stops.splice(0).map((stop) => stop()));
});
afterAll(async () => {
  await writer.close?.();
  await database.close();
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url ?? '' });
  clients.push(client);
  await client.connect();
  return client;
}

async function dropOldSpans(): Promise<Pick<HousekeepingStepReport, 'ok' | 'dropped' | 'postponed'>> {
  const { steps } = await runHousekeeping(store);
  const { ok, dropped, postponed } = steps.find(({ step }) => step === 'spans_retention') ?? {
    ok: false,
    dropped: [],
    postponed: [],
  };
  return { ok, dropped, postponed };
}

/** Writes spans, also into new partitions, and reads, until told to stop. Answers how long the slowest took. */
function keepBusy(firstDay: number): { stop(): Promise<{ slowestMs: number; writes: number }> } {
  let isStopping = false;
  let slowestMs = 0;
  let writes = 0;
  const running = (async () => {
    for (let day = 0; !isStopping; day += 1) {
      const begin = performance.now();
      await addSpans(writer, Date.now() + (firstDay + (day % 20)) * DAY_MS);
      await writer.query('select count(*) from observability.spans');
      slowestMs = Math.max(slowestMs, performance.now() - begin);
      writes += 1;
    }
  })();
  running.catch(() => undefined);
  const stop = async (): Promise<{ slowestMs: number; writes: number }> => {
    isStopping = true;
    await running;
    return { slowestMs, writes };
  };
  stops.push(stop);
  return { stop };
}

it('waits for no reader, and makes no writer wait: what is in use goes in the next round', async () => {
  const old = [
    await addSpans(store, Date.now() - 30 * DAY_MS),
    await addSpans(store, Date.now() - 29 * DAY_MS),
  ];
  const reader = await connect();
  await reader.query('begin');
  await reader.query('select count(*) from observability.spans');
  const busy = keepBusy(10);

  const begin = performance.now();
  const whileRead = await dropOldSpans();
  const roundMs = performance.now() - begin;
  const { slowestMs, writes } = await busy.stop();
  const stillRead = await reader.query('select count(*)::integer as spans from observability.spans');
  await reader.query('commit');
  const afterwards = await dropOldSpans();

  expect(whileRead).toEqual({ ok: true, dropped: [], postponed: old });
  expect(afterwards).toEqual({ ok: true, dropped: old, postponed: [] });
  expect(stillRead.rows[0]?.spans).toBeGreaterThan(0);
  expect(writes).toBeGreaterThan(0);
  expect(roundMs).toBeLessThan(5_000);
  // The time after which a detach gives up, and room for a busy machine.
  expect(slowestMs).toBeLessThan(3_000);
});

it('gives up on a partition that somebody reads by its own name, and lets new partitions be made', async () => {
  const old = await addSpans(store, Date.now() - 40 * DAY_MS);
  const reader = await connect();
  await reader.query('begin');
  await reader.query(`select count(*) from observability.${old}`);
  const busy = keepBusy(40);

  const whileRead = await dropOldSpans();
  const { writes } = await busy.stop();
  await reader.query('commit');
  const afterwards = await dropOldSpans();

  expect(whileRead).toEqual({ ok: true, dropped: [], postponed: [old] });
  expect(afterwards).toEqual({ ok: true, dropped: [old], postponed: [] });
  expect(writes).toBeGreaterThan(0);
});

it('goes on while several write and read in short transactions', async () => {
  const old = [31, 32, 33].map((days) => Date.now() - days * DAY_MS);
  const names: string[] = [];
  for (const time of old) {
    names.unshift(await addSpans(store, time));
  }
  const busy = [keepBusy(70), keepBusy(100)];

  const dropped: string[] = [];
  await expect
    .poll(
      async () => {
        dropped.push(...(await dropOldSpans()).dropped);
        return dropped;
      },
      { timeout: 20_000 },
    )
    .toEqual(names);
  const outcomes = await Promise.all(busy.map((each) => each.stop()));

  expect(outcomes.every(({ slowestMs }) => slowestMs < 3_000)).toBe(true);
});

it('finishes a detach whose process was killed', async () => {
  const old = await addSpans(store, Date.now() - 50 * DAY_MS);
  const [reader, victim] = [await connect(), await connect()];
  await reader.query('begin');
  await reader.query('select count(*) from observability.spans');
  await victim.query(`comment on table observability.${old} is 'Being dropped by housekeeping.'`);
  const victimPid = (await victim.query('select pg_backend_pid() as pid')).rows[0]?.pid;
  victim.on('error', () => undefined);
  const detaching = victim
    .query(`alter table observability.spans detach partition observability.${old} concurrently`)
    .catch((error: { code?: string }) => error.code);
  await expect.poll(async () => isDetaching(old)).toBe(true);
  await store.query('select pg_terminate_backend($1::integer)', [victimPid]);
  await reader.query('commit');

  const afterwards = await dropOldSpans();

  expect(await detaching).toBe('57P01');
  expect(afterwards).toEqual({ ok: true, dropped: [old], postponed: [] });
  expect(await partitionNames(store)).not.toContain(old);
});

it('finishes the detach that somebody else began, and leaves them the table', async () => {
  const old = await addSpans(store, Date.now() - 51 * DAY_MS);
  const [reader, other] = [await connect(), await connect()];
  await reader.query('begin');
  await reader.query('select count(*) from observability.spans');
  const pid = (await other.query('select pg_backend_pid() as pid')).rows[0]?.pid;
  const detaching = other
    .query(`alter table observability.spans detach partition observability.${old} concurrently`)
    .catch((error: { code?: string }) => error.code);
  await expect.poll(async () => isDetaching(old)).toBe(true);
  await store.query('select pg_cancel_backend($1::integer)', [pid]);
  expect(await detaching).toBe('57014');
  await reader.query('commit');

  await dropOldSpans();

  expect(await isDetaching(old)).toBeUndefined();
  expect(await partitionNames(store)).toContain(old);
});

it('does not begin a detach while somebody has been reading for more than a second', async () => {
  const old = await addSpans(store, Date.now() - 52 * DAY_MS);
  const reader = await connect();
  await reader.query('begin');
  await reader.query('select count(*) from observability.spans');
  await reader.query('select pg_sleep(1.1)');

  const whileRead = await dropOldSpans();
  const begun = await isDetaching(old);
  await reader.query('commit');
  const afterwards = await dropOldSpans();

  expect([whileRead.postponed, begun, afterwards.dropped]).toEqual([[old], false, [old]]);
});

it('leaves nothing behind on a connection, and needs nothing that was left on one', async () => {
  const old = [
    await addSpans(store, Date.now() - 54 * DAY_MS),
    await addSpans(store, Date.now() - 53 * DAY_MS),
  ];
  const connectionString = database.url ?? '';
  const [ofOne, ofStrangers] = [
    new pg.Pool({ connectionString, max: 1 }),
    // Each call on another connection, as PgBouncer gives each transaction another one.
    new pg.Pool({ connectionString, maxUses: 1 }),
  ];
  const settings =
    "select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement";
  const before = await ofOne.query(settings);

  const reports = [
    await runHousekeeping(postgresStore(ofStrangers)),
    await runHousekeeping(postgresStore(ofOne)),
  ];
  const after = await ofOne.query(settings);
  await Promise.all([ofOne.end(), ofStrangers.end()]);

  expect(reports.map(({ ok }) => ok)).toEqual([true, true]);
  expect(reports[0]?.steps.flatMap(({ dropped }) => dropped)).toEqual(old);
  expect(after.rows).toEqual(before.rows);
});

async function isDetaching(name: string): Promise<boolean | undefined> {
  const { rows } = await store.query<{ pending: boolean }>(
    'select inhdetachpending as pending from pg_inherits where inhrelid = to_regclass($1::text)',
    [`observability.${name}`],
  );
  return rows[0]?.pending;
}
