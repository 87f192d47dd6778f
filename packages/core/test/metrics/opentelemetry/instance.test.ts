import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { createObservability } from '@pg-observability/core';
import type { Observability, SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createQuietLogger, createUnreliableStore, testDatabase } from '@pg-observability/testkit';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { createData, exportData } from './data.ts';

let store: SqlStore;
let url: string;
beforeAll(async () => {
  ({ url } = await testDatabase());
  store = postgresStore(url);
});
afterAll(() => store.close?.());

interface Opened {
  observability: Observability;
  directory: string;
}

async function open(to: SqlStore, directory?: string): Promise<Opened> {
  const folder = directory ?? (await mkdtemp(join(tmpdir(), 'spool-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const observability = createObservability({
    serviceName: 'instance',
    store: to,
    logger: createQuietLogger(),
    housekeeping: false,
    ingest: { metrics: false, spool: { directory: folder } },
    shutdown: { flushTimeoutMs: 500 },
  });
  return { observability, directory: folder };
}

/** The test's store stays open when an instance ends. */
function shared(to: SqlStore): SqlStore {
  return createUnreliableStore(to);
}

async function valuesOf(name: string): Promise<[string | null, number][]> {
  const { rows } = await store.query<{ service: string | null; value: number }>(
    `select service_name as service, metric_value as value from observability.metrics
     where metric_name = $1::text order by id`,
    [name],
  );
  return rows.map(({ service, value }) => [service, value]);
}

it('has an exporter that is made when it is asked for, and is flushed and counted with it', async () => {
  const { observability } = await open(shared(store));
  const before = observability.stats().metricExporter;
  const reader = new PeriodicExportingMetricReader({
    exporter: observability.metricExporter,
    exportIntervalMillis: 3_600_000,
  });
  const provider = new MeterProvider({ readers: [reader] });
  provider.getMeter('library').createCounter('shared.counter').add(2);
  observability.metrics.counter('shared.collector', 3);

  await reader
    .collect()
    .then(({ resourceMetrics }) => observability.metricExporter.export(resourceMetrics, () => undefined));
  await observability.flush();

  expect(before).toBeNull();
  // The SDK names no service: then it is that of the instance.
  expect(await valuesOf('shared.counter')).toEqual([['instance', 2]]);
  expect(observability.stats().metricExporter).toEqual({ queued: 0, stored: 1, dropped: {}, mended: 0 });
  expect(observability.stats().metrics).toMatchObject({ recorded: 1, stored: 2 });
  expect(observability.metricExporter).toBe(observability.metricExporter);
  await provider.shutdown();
  await observability.shutdown();
});

it('starts at the first export', async () => {
  const { observability } = await open(shared(store));
  const { metricExporter } = observability;
  const before = observability.stats().tracing;

  await exportData(metricExporter, createData([{ name: 'starts', points: [{ value: 1 }] }]));

  expect([before, observability.stats().tracing]).toEqual(['not-started', 'active']);
  await observability.shutdown();
});

it('stores what is exported before its end, and refuses what comes later', async () => {
  const { observability } = await open(shared(store));
  const reader = new PeriodicExportingMetricReader({
    exporter: observability.metricExporter,
    exportIntervalMillis: 3_600_000,
  });
  const provider = new MeterProvider({ readers: [reader] });
  const counter = provider.getMeter('library').createCounter('ends.counter');
  counter.add(4);
  await provider.shutdown();
  await observability.shutdown();

  const late = await exportData(
    observability.metricExporter,
    createData([{ name: 'ends', points: [{ value: 1 }] }]),
  );

  expect(await valuesOf('ends.counter')).toEqual([['instance', 4]]);
  expect(late).toMatchObject({ code: 1, calls: 1 });
  expect(observability.stats().metricExporter).toMatchObject({ stored: 1, dropped: { shutdown: 1 } });
});

it('refuses what comes to an exporter that is asked for after the end', async () => {
  const { observability } = await open(shared(store));
  await observability.shutdown();

  const late = await exportData(
    observability.metricExporter,
    createData([{ name: 'after', points: [{ value: 1 }] }]),
  );

  expect(late).toMatchObject({ code: 1, calls: 1 });
});

it('leaves what the database did not take on disk, and the next process of the service stores it once', async () => {
  const away = createUnreliableStore(store);
  const first = await open(away);
  away.isAway = true;
  const began = Date.now();
  for (const [at, value] of [5, 7, 12].entries()) {
    const points = [{ value, since: began, at: began + at }];
    const data = createData([{ name: 'survives', temporality: 1, points }]);
    expect(await exportData(first.observability.metricExporter, data, 20)).toMatchObject({ code: 0 });
  }
  await first.observability.shutdown();
  const left = first.observability.stats().metricExporter;

  const second = await open(shared(store), first.directory);
  await second.observability.start();
  await expect.poll(() => valuesOf('survives'), { timeout: 20_000 }).toHaveLength(3);
  await second.observability.shutdown();

  expect(left).toMatchObject({ queued: 0, stored: 0, dropped: {} });
  expect(await valuesOf('survives')).toEqual([
    ['producer', 5],
    ['producer', 2],
    ['producer', 5],
  ]);
});
