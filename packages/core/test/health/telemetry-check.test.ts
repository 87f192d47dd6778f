import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createObservability, ensureObservabilityTables } from '@pg-observability/core';
import type { Observability, ObservabilityOptions } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createQuietLogger, testDatabase } from '@pg-observability/testkit';
import pg from 'pg';

let database: Awaited<ReturnType<typeof testDatabase>>;
let directory: string;
const open: Observability[] = [];
beforeAll(async () => {
  database = await testDatabase();
  directory = await mkdtemp(join(tmpdir(), 'telemetry-check-'));
  const store = postgresStore(database.url);
  await ensureObservabilityTables(store);
  await store.close?.();
});
afterEach(() => Promise.all(open.splice(0).map((observability) => observability.shutdown())));
afterAll(async () => {
  await database.drop();
  await rm(directory, { recursive: true });
});

function start(options: Partial<ObservabilityOptions> = {}): Observability {
  const observability = createObservability({
    serviceName: 'shop',
    store: postgresStore(database.url),
    logger: createQuietLogger(),
    housekeeping: false,
    ingest: { spool: { directory } },
    metrics: { flushIntervalMs: 20 },
    ...options,
  });
  open.push(observability);
  return observability;
}

/** The status of the whole and of the check, in one line each. */
async function look({ health }: Observability): Promise<unknown> {
  const { healthy, status, details } = await health.readiness();
  return [healthy, status, details?.['telemetry']?.status, details?.['telemetry']?.message];
}

const ALL_WELL = [true, 'up', 'up', undefined];

it('degrades readiness while telemetry waits on disk, says so, and recovers by itself', async () => {
  const observability = start();
  observability.metrics.counter('orders.placed');
  await observability.flush();
  const before = await look(observability);
  const locker = new pg.Client({ connectionString: database.url });
  await locker.connect();
  await locker.query('begin; lock table observability.ingest_batches in access exclusive mode');
  observability.metrics.counter('orders.placed');

  await expect
    .poll(() => look(observability), { timeout: 10_000 })
    .toEqual([true, 'degraded', 'degraded', expect.stringMatching(/^\d+ metrics wait on disk$/)]);
  await locker.query('commit');
  await locker.end();
  await expect.poll(() => look(observability), { timeout: 10_000 }).toEqual(ALL_WELL);

  expect(before).toEqual(ALL_WELL);
});

it('degrades readiness, and never takes the service out of traffic, when rows were lost', async () => {
  const observability = start({ metrics: { flushIntervalMs: 60_000 }, ingest: { spool: false } });
  const store = postgresStore(database.url);
  await store.script(
    `alter table observability.metrics add constraint no_poison check (metric_name <> 'poison')`,
  );
  observability.metrics.counter('poison');
  await observability.flush();

  const after = await look(observability);

  await store.script('alter table observability.metrics drop constraint no_poison');
  await store.close?.();
  expect(after).toEqual([
    true,
    'degraded',
    'degraded',
    expect.stringMatching(/^lost in the last minutes: 1 metrics \(\w+\)$/),
  ]);
});

it('gives way to a check of that name', async () => {
  const observability = start({
    health: { timeoutMs: 10_000, checks: { telemetry: () => ({ message: 'mine' }) } },
  });

  const answer = await look(observability);

  expect(answer).toEqual([true, 'up', 'up', 'mine']);
});

it.each([5, 'all', null, [], { telemetry: 5 }])('still refuses the checks %o', (checks) => {
  const health = { checks: checks as never };

  const create = (): unknown =>
    createObservability({ serviceName: 'shop', store: postgresStore(database.url), health });

  expect(create).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
});
