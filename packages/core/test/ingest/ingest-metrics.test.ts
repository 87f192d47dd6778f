import { afterEach, describe, expect, it } from 'vitest';
import { createObservability, MetricsCollector, withTracingContext } from '@pg-observability/core';
import type { ObservabilityOptions, SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createQuietLogger, createUnreliableStore, testDatabase } from '@pg-observability/testkit';
import { describeWindow, IngestMetrics } from '../../src/ingest/ingest-metrics.ts';
import type { IngestStats } from '../../src/ingest/ingest-stats.ts';
import { IngestWriter } from '../../src/ingest/ingest-writer.ts';
import { storeBatch } from '../../src/ingest/store-batch.ts';
import { createLog } from '../../src/logging/log-once.ts';

const NONE: IngestStats = { queued: 0, spooled: 0, stored: 0, dropped: {}, retried: 0, storedBytes: 0 };

describe('describeWindow', () => {
  it('says nothing of what has not changed', () => {
    const stats = { ...NONE, stored: 7, queued: 3, spooled: 2, dropped: { poison: 1 }, retried: 4 };

    expect(describeWindow('spans', stats, { ...stats }, [])).toEqual([]);
  });

  it('gives what was counted in the window, what waits at its end, and each duration', () => {
    const before = {
      ...NONE,
      stored: 10,
      dropped: { queue_full: 2 },
      retried: 1,
      storedBytes: 100,
      queued: 5,
    };
    const now = {
      queued: 0,
      spooled: 8,
      stored: 25,
      dropped: { queue_full: 6, poison: 1 },
      retried: 3,
      storedBytes: 900,
    };

    const observations = describeWindow('spans', before, now, [12, 250]);

    const signal = { signal: 'spans' };
    const exported = { type: 'counter', name: 'otel.sdk.exporter.span.exported', unit: '{span}' };
    const duration = { type: 'histogram', name: 'otel.sdk.exporter.operation.duration', unit: 's' };
    const waiting = { type: 'gauge', unit: '{span}' };
    expect(observations).toEqual([
      { ...exported, value: 15, labels: {} },
      { ...exported, value: 4, labels: { 'error.type': 'queue_full' } },
      { ...exported, value: 1, labels: { 'error.type': 'poison' } },
      {
        type: 'counter',
        name: 'pg_observability.ingest.retried',
        value: 2,
        labels: signal,
        unit: '{attempt}',
      },
      { type: 'counter', name: 'pg_observability.ingest.stored', value: 800, labels: signal, unit: 'By' },
      { ...waiting, name: 'otel.sdk.processor.span.queue.size', value: 0, labels: {} },
      { ...waiting, name: 'pg_observability.ingest.spooled', value: 8, labels: signal },
      { ...duration, value: 0.012, labels: signal },
      { ...duration, value: 0.25, labels: signal },
    ]);
  });
});

const cleanUps: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) {
    await cleanUp();
  }
});

async function openDatabase(): Promise<{ url: string; store: SqlStore }> {
  const database = await testDatabase();
  const store = postgresStore(database.url);
  cleanUps.push(
    () => database.drop(),
    () => store.close?.(),
  );
  return { url: database.url, store };
}

const OWN_POINTS = `
select metric_name as name, sum(metric_value)::float8 as value, sum(sample_count)::integer as count
from observability.metrics
where metric_name ~ '^(otel.sdk|pg_observability)\\.'
group by 1 order by 1`;

/** The parts of an instance, with windows that end when the test says so. */
function createParts(store: SqlStore): { metrics: MetricsCollector; own: IngestMetrics } {
  const logger = createQuietLogger();
  const writer = new IngestWriter({
    log: createLog(logger),
    write: (batch) => storeBatch(store, batch, { logger }),
    onStored: (signal, durationMs) => own.noteStored(signal, durationMs),
  });
  const metrics = new MetricsCollector(store, { logger, flushIntervalMs: 3_600_000 }, writer);
  const own = new IngestMetrics({ metrics, stats: (signal) => writer.stats(signal) });
  cleanUps.push(
    () => metrics.shutdown(),
    () => writer.shutdown(1_000),
  );
  return { metrics, own };
}

it('records each count once, and its own rows give no reason for more', async () => {
  const { store } = await openDatabase();
  const { metrics, own } = createParts(store);
  metrics.counter('orders.placed');
  metrics.counter('orders.paid');
  await metrics.flush();
  own.record();
  await metrics.flush();
  const { rows: once } = await store.query(OWN_POINTS);
  for (let idleWindow = 0; idleWindow < 5; idleWindow += 1) {
    own.record();
    await metrics.flush();
  }
  const { rows: idle } = await store.query(OWN_POINTS);
  metrics.counter('orders.placed');
  await metrics.flush();
  own.record();
  await metrics.flush();

  const { rows: later } = await store.query(OWN_POINTS);

  const value: unknown = expect.any(Number);
  expect(once).toEqual([
    { name: 'otel.sdk.exporter.metric_data_point.exported', value: 2, count: 1 },
    { name: 'otel.sdk.exporter.operation.duration', value, count: 1 },
    { name: 'pg_observability.ingest.stored', value, count: 1 },
  ]);
  expect(idle).toEqual(once);
  // The three rows about the first window are counted in the next one, with the point of the application.
  expect(later).toEqual([
    { name: 'otel.sdk.exporter.metric_data_point.exported', value: 6, count: 2 },
    { name: 'otel.sdk.exporter.operation.duration', value, count: 3 },
    { name: 'pg_observability.ingest.stored', value, count: 2 },
  ]);
});

it('piles up nothing while the database is away and the application idle, and tells of the attempts later', async () => {
  const { store } = await openDatabase();
  const unreliable = createUnreliableStore(store);
  const { metrics, own } = createParts(unreliable);
  metrics.counter('orders.placed');
  await metrics.flush();
  own.record();
  unreliable.isAway = true;
  const outage = metrics.flush(1_000);
  await expect(outage).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  const recordedBefore = metrics.stats().recorded;
  for (let idleWindow = 0; idleWindow < 5; idleWindow += 1) {
    own.record();
  }
  const recordedAfter = metrics.stats().recorded;
  unreliable.isAway = false;
  metrics.counter('orders.placed');
  await metrics.flush(10_000);
  own.record();
  await metrics.flush();

  const { rows } = await store.query(OWN_POINTS);

  const retried = rows.find(({ name }) => name === 'pg_observability.ingest.retried');
  expect(recordedAfter).toBe(recordedBefore);
  expect(retried?.['value']).toBeGreaterThanOrEqual(1);
});

async function start(options: Partial<ObservabilityOptions>): Promise<{
  store: SqlStore;
  observability: ReturnType<typeof createObservability>;
}> {
  const { url, store } = await openDatabase();
  const observability = createObservability({
    serviceName: 'shop',
    store: postgresStore(url),
    logger: createQuietLogger(),
    housekeeping: false,
    metrics: { flushIntervalMs: 50 },
    ...options,
  });
  cleanUps.push(() => observability.shutdown());
  await withTracingContext('place order', () => undefined);
  await observability.flush();
  return { store, observability };
}

it('records by itself with every window of an instance', async () => {
  const { observability } = await start({});

  await expect
    .poll(
      async () => {
        const points = await observability.metrics.query('otel.sdk.exporter.span.exported');
        return points.map(({ value, labels, unit, serviceName }) => ({ value, labels, unit, serviceName }));
      },
      { timeout: 10_000 },
    )
    .toEqual([{ value: 1, labels: {}, unit: '{span}', serviceName: 'shop' }]);
});

it('records nothing when it is switched off', async () => {
  const { store, observability } = await start({
    ingest: { spool: false, metrics: false },
    runtimeMetrics: false,
  });
  const { metrics } = observability;
  metrics.counter('first.window');
  await expect.poll(() => metrics.stats().stored, { timeout: 10_000 }).toBe(1);
  metrics.counter('second.window');
  await expect.poll(() => metrics.stats().stored, { timeout: 10_000 }).toBe(2);

  const { rows } = await store.query(OWN_POINTS);

  expect(rows).toEqual([]);
});
