import { context, createContextKey, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { afterEach, expect, it } from 'vitest';
import {
  createObservability,
  setupTracing,
  TracingContext,
  withTracingContext,
} from '@pg-observability/core';
import type { Observability, ObservabilityOptions } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';

const cleanUps: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) {
    await cleanUp();
  }
  trace.disable();
  context.disable();
  propagation.disable();
});

interface Opened {
  observability: Observability;
  url: string;
  lines: string[];
}

async function open(options: Partial<ObservabilityOptions> = {}): Promise<Opened> {
  const database = await testDatabase();
  const lines: string[] = [];
  const note = (line: string): void => {
    lines.push(line);
  };
  const observability = createObservability({
    serviceName: 'composed',
    store: postgresStore(database.url),
    logger: { info: note, warn: note, error: note },
    ...options,
  });
  cleanUps.push(
    () => database.drop(),
    () => observability.shutdown(),
  );
  return { observability, url: database.url, lines };
}

it('starts by itself at the first span, and stores what was recorded when it shuts down', async () => {
  const { observability, url } = await open();

  await withTracingContext('first use', () => undefined);
  observability.metrics.counter('used', 2);
  await observability.shutdown();

  const reader = postgresStore(url);
  cleanUps.push(() => reader.close?.());
  const { rows } = await reader.query(
    `select (select count(*)::integer from observability.spans where operation_name = 'first use') as spans,
       (select sum(metric_value)::integer from observability.metrics where metric_name = 'used') as used`,
  );
  expect(rows).toEqual([{ spans: 1, used: 2 }]);
});

it('keeps two instances of one process apart', async () => {
  const one = await open({ serviceName: 'one' });
  const two = await open({ serviceName: 'two' });
  await Promise.all([one.observability.start(), two.observability.start()]);

  one.observability.tracing.tracer.startSpan('from one').end();
  two.observability.tracing.tracer.startSpan('from two').end();
  await Promise.all([one.observability.flush(), two.observability.flush()]);

  const names = async ({ observability }: Opened): Promise<unknown> =>
    (await observability.store.query('select service_name, operation_name from observability.spans')).rows;
  expect(await names(one)).toEqual([{ service_name: 'one', operation_name: 'from one' }]);
  expect(await names(two)).toEqual([{ service_name: 'two', operation_name: 'from two' }]);
});

it("uses the application's own SDK, registers nothing, and says once what to paste", async () => {
  const foreign = new BasicTracerProvider();
  trace.setGlobalTracerProvider(foreign);
  const { observability, lines } = await open();

  await observability.start();
  new TracingContext('through the foreign SDK').end();

  expect(observability.stats().tracing).toBe('foreign-sdk-not-connected');
  expect((trace.getTracerProvider() as { getDelegate?(): unknown }).getDelegate?.()).toBe(foreign);
  expect(lines.filter((line) => line.includes('spanProcessors: [observability.spanProcessor]'))).toHaveLength(
    1,
  );
});

it('says once what to install where another copy of the API was registered by, and records all the same', async () => {
  const registry = globalThis as unknown as Record<symbol, unknown>;
  const symbol = Symbol.for('opentelemetry.js.api.1');
  const known = registry[symbol];
  registry[symbol] = { version: '1.0.0', trace: {}, context: {} };
  cleanUps.push(async () => {
    registry[symbol] = known;
  });
  const { observability, lines } = await open();

  await withTracingContext('beside an older copy', () => undefined);
  await observability.flush();

  const { rows } = await observability.store.query('select operation_name from observability.spans');
  expect(rows).toEqual([{ operation_name: 'beside an older copy' }]);
  expect(lines.filter((line) => line.includes('npm install @opentelemetry/api@'))).toHaveLength(1);
});

it('nests spans under a provider that was registered by hand, and leaves no context manager behind', async () => {
  const { observability } = await open();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [observability.spanProcessor] }));
  await observability.start();

  const active = new TracingContext('outer').run(() => trace.getActiveSpan() !== undefined);
  await observability.shutdown();
  const key = createContextKey('left behind');
  const after = context.with(ROOT_CONTEXT.setValue(key, 1), () => context.active().getValue(key));

  expect({ active, after }).toEqual({ active: true, after: undefined });
});

it("stores the spans of the application's own SDK when it was given our processor", async () => {
  const { observability, lines } = await open();
  const foreign = new BasicTracerProvider({ spanProcessors: [observability.spanProcessor] });
  trace.setGlobalTracerProvider(foreign);

  await observability.start();
  foreign.getTracer('theirs').startSpan('their span').end();
  await observability.flush();

  const { rows } = await observability.store.query('select operation_name from observability.spans');
  expect(observability.stats().tracing).toBe('foreign-sdk');
  expect(rows).toEqual([{ operation_name: 'their span' }]);
  expect(lines).toEqual([]);
});

it('starts while PostgreSQL is away, and stores everything once it is there', async () => {
  const database = await testDatabase();
  cleanUps.push(() => database.drop());
  const real = postgresStore(database.url);
  let away = true;
  const gate = <Result>(work: () => Promise<Result>): Promise<Result> =>
    away ? Promise.reject(new Error('connect ECONNREFUSED')) : work();
  const { observability, lines } = await open({
    store: {
      query: (text, values) => gate(() => real.query(text, values)),
      script: (text) => gate(() => real.script(text)),
      transaction: (work) => gate(() => real.transaction(work)),
      close: async () => real.close?.(),
    },
  });

  await observability.start();
  await withTracingContext('while away', () => undefined);
  const refused = observability.flush(100);
  await expect(refused).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  away = false;
  await observability.flush();

  const { rows } = await real.query('select operation_name from observability.spans');
  expect(rows).toEqual([{ operation_name: 'while away' }]);
  expect(lines.filter((line) => line.includes('telemetry'))).toHaveLength(2);
});

it('honours OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES and OTEL_TRACES_SAMPLER', async () => {
  process.env['OTEL_SERVICE_NAME'] = 'from-environment';
  process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'deployment.environment.name=test%20bed';
  process.env['OTEL_TRACES_SAMPLER'] = 'always_off';
  cleanUps.push(async () => {
    delete process.env['OTEL_SERVICE_NAME'];
    delete process.env['OTEL_RESOURCE_ATTRIBUTES'];
    delete process.env['OTEL_TRACES_SAMPLER'];
  });
  const silent = await open();
  await silent.observability.start();
  silent.observability.tracing.tracer.startSpan('sampled out').end();
  delete process.env['OTEL_TRACES_SAMPLER'];
  const loud = await open();
  await loud.observability.start();
  loud.observability.tracing.tracer.startSpan('sampled in').end();
  await Promise.all([silent.observability.flush(), loud.observability.flush()]);

  const none = await silent.observability.store
    .query("select to_regclass('observability.spans') is null as nothing")
    .catch(() => undefined);
  const { rows } = await loud.observability.store.query(
    `select service_name, resource ->> 'deployment.environment.name' as environment, operation_name from observability.v_spans`,
  );
  expect(silent.observability.stats().spans.stored).toBe(0);
  expect(none).toBeDefined();
  expect(rows).toEqual([
    { service_name: 'from-environment', environment: 'test bed', operation_name: 'sampled in' },
  ]);
});

it('records no spans under OTEL_SDK_DISABLED, but still makes ids', async () => {
  process.env['OTEL_SDK_DISABLED'] = 'TRUE';
  cleanUps.push(async () => {
    delete process.env['OTEL_SDK_DISABLED'];
  });
  const { observability } = await open();
  await observability.start();

  const operation = new TracingContext('disabled');
  operation.end();

  expect(observability.stats().tracing).toBe('disabled');
  expect(operation.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(observability.stats().spans.stored).toBe(0);
});

it('makes spans and ids and stores nothing with setupTracing alone', () => {
  const tracer = setupTracing('alone');

  const span = tracer.startSpan('unstored');
  span.end();

  expect(span.spanContext().traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(setupTracing('alone')).toBe(tracer);
});

it.each([
  ['no options', undefined, 'INVALID_ARGUMENT'],
  ['no name', {}, 'INVALID_ARGUMENT'],
  ['an empty name', { serviceName: ' ' }, 'INVALID_ARGUMENT'],
  ['a URL as the store', { serviceName: 'x', store: 'postgres://app:hunter2@db' }, 'INVALID_ARGUMENT'],
  ['a negative number', { serviceName: 'x', timeoutMs: -1 }, 'INVALID_OPTION'],
  ['NaN', { serviceName: 'x', spans: { maxQueuedSpans: Number.NaN } }, 'INVALID_OPTION'],
  ['a share over 1', { serviceName: 'x', spans: { sampling: 1.5 } }, 'INVALID_OPTION'],
  ['a wrong exclude', { serviceName: 'x', http: { exclude: [1] } }, 'INVALID_OPTION'],
])('refuses %s with a code', (_case, options, code) => {
  const error = ((): unknown => {
    try {
      createObservability(options as never);
      return undefined;
    } catch (thrown) {
      return thrown;
    }
  })();

  expect(error).toMatchObject({ code });
  expect(String(error)).not.toContain('hunter2');
});

it('refuses to start in production without a store, and switches off with one line when used all the same', async () => {
  const [url, mode] = [process.env['DATABASE_URL'], process.env['NODE_ENV']];
  delete process.env['DATABASE_URL'];
  process.env['NODE_ENV'] = 'production';
  cleanUps.push(async () => {
    process.env['NODE_ENV'] = mode;
    if (url !== undefined) {
      process.env['DATABASE_URL'] = url;
    }
  });
  const lines: string[] = [];
  const note = (line: string): void => {
    lines.push(line);
  };
  const observability = createObservability({
    serviceName: 'p',
    logger: { info: note, warn: note, error: note },
  });
  cleanUps.push(() => observability.shutdown());

  observability.tracing.use().startSpan('used all the same').end();
  const refused = observability.start();

  await expect(refused).rejects.toMatchObject({ code: 'STORE_REQUIRED' });
  await observability.flush().catch(() => undefined);
  expect(lines).toHaveLength(1);
  expect(observability.stats().telemetryOff).toBe(true);
});
