import { afterEach, describe, expect, it } from 'vitest';
import { createObservability, MetricsCollector, withTracingContext } from '@pg-observability/core';
import type { Observability, ObservabilityOptions, SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createQuietLogger, createUnreliableStore, testDatabase } from '@pg-observability/testkit';
import { ApplicationActivity } from '../../src/ingest/application-activity.ts';
import { IngestMetrics } from '../../src/ingest/ingest-metrics.ts';
import { IngestWriter } from '../../src/ingest/ingest-writer.ts';
import { storeBatch } from '../../src/ingest/store-batch.ts';
import { createLog } from '../../src/logging/log-once.ts';
import { RuntimeMetrics } from '../../src/runtime/runtime-metrics.ts';

const cleanUps: (() => unknown)[] = [];
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

/** What a process records about itself; `v8js.gc.duration` is there when there was a collection. */
const IS_RUNTIME = `metric_name ~ '^(process|nodejs|v8js)\\.' and metric_name <> 'v8js.gc.duration'`;

interface Parts {
  metrics: MetricsCollector;
  runtime: RuntimeMetrics;
  ingest: IngestMetrics;
}

/** The parts of an instance, with windows that end when the test says so. */
function createParts(store: SqlStore, options: { idleIntervalMs?: number; intervalMs?: number } = {}): Parts {
  const logger = createQuietLogger();
  const log = createLog(logger);
  const writer = new IngestWriter({ log, write: (batch) => storeBatch(store, batch, { logger }) });
  const metrics = new MetricsCollector(store, { logger, flushIntervalMs: 3_600_000 }, writer);
  const stats = (signal: 'spans' | 'metrics'): ReturnType<IngestWriter['stats']> => writer.stats(signal);
  const activity = new ApplicationActivity({
    recorded: () => metrics.stats().recorded,
    spans: () => stats('spans'),
  });
  const runtime = new RuntimeMetrics({ metrics, activity, log, intervalMs: 3_600_000, ...options });
  cleanUps.push(
    () => metrics.shutdown(),
    () => writer.shutdown(1_000),
    () => runtime.stop(),
  );
  runtime.start();
  return { metrics, runtime, ingest: new IngestMetrics({ metrics, stats, activity }) };
}

async function countWindows(store: SqlStore): Promise<number> {
  const { rows } = await store.query(
    `select count(*)::integer as count from observability.metrics where metric_name = 'process.uptime'`,
  );
  return rows[0]?.['count'] as number;
}

describe('RuntimeMetrics', () => {
  it('records once that a process is there, and then nothing while it is idle, whatever else records about it', async () => {
    const { store } = await openDatabase();
    const { metrics, runtime, ingest } = createParts(store);
    const counts: number[] = [];
    for (let window = 0; window < 5; window += 1) {
      runtime.tick();
      ingest.record();
      await metrics.flush();
      counts.push(metrics.stats().stored);
    }

    const [first, ...later] = counts;

    expect(first).toBeGreaterThan(15);
    // 288 windows a day of an idle process.
    expect((first ?? 0) * 288).toBeLessThan(12_000);
    expect(later).toEqual([first, first, first, first]);
  });

  it('records with each window in which the application did, and IngestMetrics as often', async () => {
    const { store } = await openDatabase();
    const { metrics, runtime, ingest } = createParts(store);
    runtime.tick();
    for (let window = 0; window < 3; window += 1) {
      metrics.counter('orders.placed');
      for (let again = 0; again < 3; again += 1) {
        ingest.record();
        runtime.tick();
        await metrics.flush();
      }
    }

    const { rows } = await store.query(
      `select count(*) filter (where metric_name = 'orders.placed')::integer as orders,
         count(*) filter (where metric_name = 'process.uptime')::integer as runtime,
         count(*) filter (where metric_name = 'otel.sdk.exporter.metric_data_point.exported')::integer as ingest
       from observability.metrics`,
    );

    expect(rows).toEqual([{ orders: 3, runtime: 4, ingest: 2 }]);
  });

  it('goes on in an idle process, in longer windows', async () => {
    const { store } = await openDatabase();
    createParts(store, { intervalMs: 20, idleIntervalMs: 200 });

    await expect.poll(() => countWindows(store).catch(() => 0), { timeout: 20_000 }).toBeGreaterThan(3);
    const { rows } = await store.query(
      `select (extract(epoch from recorded_at - start_time) * 1000)::float8 as ms
       from observability.metrics where metric_name = 'process.uptime' order by recorded_at offset 1`,
    );

    for (const { ms } of rows) {
      expect(ms).toBeGreaterThanOrEqual(185);
    }
  });

  it('gives each window its own time, without gaps, whenever others end', async () => {
    const { store } = await openDatabase();
    const { metrics, runtime } = createParts(store);
    for (let window = 0; window < 4; window += 1) {
      metrics.counter('orders.placed');
      runtime.tick();
      await metrics.flush();
    }

    const { rows } = await store.query(
      `select (extract(epoch from start_time - lag(recorded_at) over (order by recorded_at)) * 1000)::float8 as gap_ms,
         sample_count::integer as count
       from observability.metrics where metric_name = 'process.cpu.time' and labels ->> 'cpu.mode' = 'user'
       order by recorded_at`,
    );

    expect(rows.map(({ count }) => count)).toEqual([1, 1, 1, 1]);
    for (const { gap_ms: gapMs } of rows.slice(1)) {
      expect(Math.abs(gapMs as number)).toBeLessThanOrEqual(20);
    }
  });

  it('counts the CPU time that the process has used', async () => {
    const { store } = await openDatabase();
    const before = process.cpuUsage();
    const { metrics, runtime } = createParts(store);
    const until = performance.now() + 200;
    while (performance.now() < until) {
      // Keeps the CPU busy.
    }
    const used = process.cpuUsage(before);
    runtime.tick();
    await metrics.flush();

    const points = await metrics.query('process.cpu.time');
    const seconds = points.reduce((sum, { value }) => sum + value, 0);

    expect(seconds).toBeGreaterThan(((used.user + used.system) / 1e6) * 0.9);
    expect(seconds).toBeLessThan(5);
  });

  it('keeps to the bound of what waits while the database is away: windows grow', async () => {
    const { store } = await openDatabase();
    const unreliable = createUnreliableStore(store);
    const logger = createQuietLogger();
    const metrics = new MetricsCollector(unreliable, {
      logger,
      flushIntervalMs: 3_600_000,
      maxQueuedPoints: 100,
    });
    const recorded = (): number => metrics.stats().recorded;
    const spans = { queued: 0, spooled: 0, stored: 0, dropped: {}, retried: 0, storedBytes: 0 };
    const activity = new ApplicationActivity({ recorded, spans: () => spans });
    const parts = { metrics, activity, log: createLog(logger), intervalMs: 3_600_000 };
    const runtime = new RuntimeMetrics(parts);
    cleanUps.push(
      () => metrics.shutdown(),
      () => runtime.stop(),
    );
    runtime.start();
    unreliable.isAway = true;
    for (let window = 0; window < 50; window += 1) {
      metrics.counter('orders.placed');
      runtime.tick();
    }
    const { queued, dropped } = metrics.stats();
    unreliable.isAway = false;
    await metrics.flush(10_000);

    const points = await metrics.query('process.uptime');

    expect(queued).toBeLessThan(100);
    expect(dropped).toEqual({});
    expect(points.reduce((sum, { sampleCount }) => sum + sampleCount, 0)).toBe(50);
    expect(points.length).toBeLessThan(10);
  });

  it('records nothing before its start and after its stop, and a start after that does nothing', async () => {
    const { store } = await openDatabase();
    const { metrics, runtime } = createParts(store);
    runtime.stop();
    metrics.counter('orders.placed');
    runtime.tick();
    runtime.start();
    runtime.tick();
    await metrics.flush();

    expect(metrics.stats().stored).toBe(1);
  });
});

function start(store: SqlStore, options: Partial<ObservabilityOptions> = {}): Observability {
  const observability = createObservability({
    serviceName: 'shop',
    store,
    logger: createQuietLogger(),
    housekeeping: false,
    metrics: { flushIntervalMs: 50 },
    ...options,
  });
  cleanUps.push(() => observability.shutdown());
  return observability;
}

describe('createObservability', () => {
  it('records CPU, memory, event loop and heap by the names and units of the conventions', async () => {
    const { url, store } = await openDatabase();
    const observability = start(postgresStore(url), { runtimeMetrics: { intervalMs: 100 } });
    await observability.start();
    await expect.poll(() => countWindows(store).catch(() => 0), { timeout: 20_000 }).toBeGreaterThan(0);

    const { rows } = await store.query(
      `select metric_name as name, metric_type as type, unit, service_name as service,
         array_agg(distinct l.key) filter (where l.key is not null) as labels, bool_and(metric_value >= 0) as ok
       from observability.metrics left join lateral jsonb_object_keys(labels) as l (key) on true
       where ${IS_RUNTIME} group by 1, 2, 3, 4 order by 1`,
    );

    const gauge = (name: string, unit: string, labels: string[] | null = null) => ({
      name,
      type: 'gauge',
      unit,
      service: 'shop',
      labels,
      ok: true,
    });
    const counter = (name: string, label: string) => ({ ...gauge(name, 's', [label]), type: 'counter' });
    const delays = ['max', 'mean', 'min', 'p50', 'p90', 'p99', 'stddev'];
    expect(rows).toEqual([
      ...delays.map((name) => gauge(`nodejs.eventloop.delay.${name}`, 's')),
      counter('nodejs.eventloop.time', 'nodejs.eventloop.state'),
      gauge('nodejs.eventloop.utilization', '1'),
      counter('process.cpu.time', 'cpu.mode'),
      gauge('process.cpu.utilization', '1', ['cpu.mode']),
      gauge('process.memory.usage', 'By'),
      gauge('process.uptime', 's'),
      gauge('v8js.memory.heap.space.size', 'By', ['v8js.heap.space.name']),
      gauge('v8js.memory.heap.used', 'By', ['v8js.heap.space.name']),
    ]);
  });

  it('records nothing of the process with runtimeMetrics: false', async () => {
    const { url, store } = await openDatabase();
    const observability = start(postgresStore(url), { runtimeMetrics: false });
    await withTracingContext('place order', () => undefined);
    await expect
      .poll(async () => (await observability.metrics.query('otel.sdk.exporter.span.exported')).length)
      .toBe(1);

    const { rows } = await store.query(`select 1 from observability.metrics where ${IS_RUNTIME}`);

    expect(rows).toEqual([]);
  });

  it('records of several instances in one, and of the next one when that is shut down', async () => {
    const { url, store } = await openDatabase();
    const first = start(postgresStore(url), { serviceName: 'first', runtimeMetrics: { intervalMs: 20 } });
    const second = start(postgresStore(url), { serviceName: 'second', runtimeMetrics: { intervalMs: 20 } });
    const serviceNames = async (): Promise<unknown> => {
      const { rows } = await store.query(
        `select service_name as name from observability.metrics where metric_name = 'process.uptime'
         group by 1 order by min(recorded_at)`,
      );
      return rows.map(({ name }) => name);
    };
    await first.start();
    await second.start();
    await expect.poll(() => serviceNames(), { timeout: 20_000 }).toEqual(['first']);
    // Many of its intervals: it would have recorded by now.
    for (let count = 0; count < 20; count += 1) {
      second.metrics.counter('orders.placed');
      await second.flush();
    }
    const whileFirst = await serviceNames();
    await first.shutdown();

    await expect.poll(() => serviceNames(), { timeout: 20_000 }).toEqual(['first', 'second']);
    expect(whileFirst).toEqual(['first']);
  });
});
