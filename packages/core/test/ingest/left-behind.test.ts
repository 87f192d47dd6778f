import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createObservability } from '@pg-observability/core';
import type { Observability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createQuietLogger, startFaultProxy, testDatabase } from '@pg-observability/testkit';
import { expect, it } from 'vitest';

it('stores what the process before has left on disk, also when nothing is recorded in this one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'left-behind-'));
  const database = await testDatabase();
  const proxy = await startFaultProxy({
    target: { host: '127.0.0.1', port: Number(new URL(database.url).port) },
  });
  const create = (): Observability =>
    createObservability({
      serviceName: 'left-behind',
      store: postgresStore(proxy.url(database.url)),
      ingest: { spool: { directory } },
      shutdown: { flushTimeoutMs: 50 },
      logger: createQuietLogger(),
    });
  await proxy.refuse(true);
  const before = create();
  before.metrics.counter('orders.placed', 7);
  await before.shutdown();
  const left = before.stats().metrics.spooled;
  await proxy.refuse(false);

  const after = create();
  await expect.poll(() => after.stats().metrics.stored, { timeout: 20_000 }).toBe(1);
  const { rows } = await after.store.query(
    "select metric_value from observability.metrics where metric_name = 'orders.placed'",
  );
  await after.shutdown();
  await proxy.close();
  await rm(directory, { recursive: true });

  expect({ left, rows }).toEqual({ left: 1, rows: [{ metric_value: 7 }] });
});
