import { context, propagation, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { afterEach, expect, it } from 'vitest';
import { createObservability, ensureObservabilityTables } from '@pg-observability/core';
import type { Observability, ObservabilityOptions } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createUnreliableStore, testDatabase } from '@pg-observability/testkit';
import type { UnreliableStore } from '@pg-observability/testkit';
import { startOtlpSink } from './otlp-sink.ts';
import type { OtlpSink } from './otlp-sink.ts';

const cleanUps: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) {
    await cleanUp();
  }
  trace.disable();
  context.disable();
  propagation.disable();
});

const impatient = { exporterQueue: { flushIntervalMs: 20, exportTimeoutMs: 300 } };

interface Opened {
  observability: Observability;
  store: UnreliableStore;
  sink: OtlpSink;
  lines: string[];
}

async function open(options: Partial<ObservabilityOptions> = {}): Promise<Opened> {
  const database = await testDatabase();
  const real = postgresStore(database.url);
  const sink = await startOtlpSink();
  await ensureObservabilityTables(real);
  const lines: string[] = [];
  const note = (line: string): void => {
    lines.push(line);
  };
  const store = createUnreliableStore(real);
  const { spans, ...others } = options;
  const observability = createObservability({
    serviceName: 'teed',
    store,
    logger: { info: note, warn: note, error: note },
    shutdown: { flushTimeoutMs: 1_000 },
    spans: {
      exporters: [new OTLPTraceExporter({ url: sink.url })],
      exporterQueue: { flushIntervalMs: 20, exportTimeoutMs: 10_000 },
      ...spans,
    },
    ...others,
  });
  cleanUps.push(
    () => database.drop(),
    () => real.close?.(),
    () => sink.close(),
    () => observability.shutdown(),
  );
  await observability.start();
  return { observability, store, sink, lines };
}

const record = ({ observability }: Opened, name: string, attributes = {}): void =>
  observability.tracing.tracer.startSpan(name, { attributes }).end();

async function storedNames({ store }: Opened): Promise<string[]> {
  const { rows } = await store.query<{ name: string }>(
    'select operation_name as name from observability.spans order by 1',
  );
  return rows.map(({ name }) => name);
}

it('gives an OTLP exporter what is stored, masked alike, and traces none of its calls', async () => {
  const opened = await open();
  const { observability, sink } = opened;

  record(opened, 'first', { 'user.password': 'hunter2', 'order.id': 7 });
  record(opened, 'second');
  await observability.flush();

  expect(sink.spanNames()).toEqual(['first', 'second']);
  expect(await storedNames(opened)).toEqual(['first', 'second']);
  expect(sink.bodies.join()).not.toContain('hunter2');
  expect(sink.traceparents).toEqual([]);
  expect(observability.stats().exporters).toEqual([
    {
      name: 'OTLPTraceExporter',
      queued: 0,
      exported: 2,
      dropped: { queue_full: 0, export_failed: 0, export_timeout: 0, unreadable: 0, shutdown: 0 },
      failedExports: 0,
    },
  ]);
});

it('makes no span of the calls of an exporter whose span is exported in the middle of a request', async () => {
  const opened = await open({ outgoing: { spans: true }, spans: { exporterQueue: { maxBatchSpans: 1 } } });
  const { observability, sink } = opened;

  await observability.tracing.tracer.startActiveSpan('request', async (span) => {
    record(opened, 'inner');
    await expect.poll(() => sink.spanNames()).toEqual(['inner']);
    span.end();
  });
  await observability.flush();

  expect(sink.spanNames()).toEqual(['inner', 'request']);
  expect(await storedNames(opened)).toEqual(['inner', 'request']);
  expect(sink.traceparents).toEqual([]);
});

it('stores while the exporter hangs, shuts down within its time, and says so once', async () => {
  const opened = await open({ spans: impatient });
  const { observability, sink, lines } = opened;
  sink.mode = 'hang';

  for (const name of ['a', 'b', 'c']) {
    record(opened, name);
    await observability.flush();
  }
  const stored = await storedNames(opened);
  const stats = observability.stats();
  record(opened, 'd');
  const began = performance.now();
  await observability.shutdown();
  const shutdownMs = performance.now() - began;

  expect(stored).toEqual(['a', 'b', 'c']);
  expect(stats.spans).toMatchObject({ stored: 3, dropped: {} });
  expect(stats.exporters).toMatchObject([{ exported: 0, dropped: { export_timeout: 3 }, failedExports: 3 }]);
  expect(observability.stats().spans.stored).toBe(4);
  expect(shutdownMs).toBeLessThan(5_000);
  expect(lines.filter((line) => line.includes('OTLPTraceExporter'))).toHaveLength(1);
});

it.each([
  ['answers 503', async ({ sink }: Opened) => void (sink.mode = 'refuse')],
  ['refuses connections', ({ sink }: Opened) => sink.close()],
])('stores while the receiver %s', async (_what, breakReceiver) => {
  const opened = await open({ spans: impatient });
  await breakReceiver(opened);

  record(opened, 'a');
  await opened.observability.flush();

  expect(await storedNames(opened)).toEqual(['a']);
  const [exporter] = opened.observability.stats().exporters;
  const { export_failed: failed = 0, export_timeout: timedOut = 0 } = exporter?.dropped ?? {};
  expect({ exported: exporter?.exported, lost: failed + timedOut, queued: exporter?.queued }).toEqual({
    exported: 0,
    lost: 1,
    queued: 0,
  });
});

it('exports again once the receiver takes spans, and tells of the start and the end of the trouble', async () => {
  const opened = await open({ spans: { exporterQueue: { flushIntervalMs: 20, exportTimeoutMs: 2_000 } } });
  const { observability, sink, lines } = opened;
  sink.mode = 'hang';

  record(opened, 'lost');
  await observability.flush();
  sink.mode = 'take';
  record(opened, 'again');
  await expect.poll(() => sink.spanNames()).toEqual(['again']);
  await observability.flush();

  expect(observability.stats().exporters).toMatchObject([{ exported: 1, dropped: { export_timeout: 1 } }]);
  expect(lines.filter((line) => line.includes('OTLPTraceExporter'))).toEqual([
    expect.stringContaining('failed'),
    expect.stringContaining('again'),
  ]);
});

it('exports while PostgreSQL is away, and everything is stored once it is back', async () => {
  const opened = await open();
  const { observability, sink, store } = opened;
  store.isAway = true;

  record(opened, 'meanwhile');
  await expect.poll(() => sink.spanNames()).toEqual(['meanwhile']);
  store.isAway = false;
  await observability.flush();

  expect(await storedNames(opened)).toEqual(['meanwhile']);
});

it('gives further exporters only what the keep-rules keep', async () => {
  const opened = await open({ spans: { keep: { slowerThanMs: 1_000, ratio: 0 } } });

  record(opened, 'dropped');
  opened.observability.tracing.tracer.startSpan('slow', { startTime: Date.now() - 2_000 }).end();
  await opened.observability.flush();

  expect(opened.sink.spanNames()).toEqual(['slow']);
  expect(await storedNames(opened)).toEqual(['slow']);
});

it('still exports what is queued, and closes its exporters, at the shutdown', async () => {
  const opened = await open({ spans: { exporterQueue: { flushIntervalMs: 60_000 } } });

  record(opened, 'last');
  await opened.observability.shutdown();

  expect(opened.sink.spanNames()).toEqual(['last']);
});
