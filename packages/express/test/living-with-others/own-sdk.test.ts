import { context, createContextKey, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { createObservability, withTracingContext } from '@pg-observability/core';
import type { Observability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createHttpRows, createQuietLogger, sendForJson, testDatabase } from '@pg-observability/testkit';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { observability } from '../../src/index.ts';
import { express5 } from '../express-versions.ts';
import { listen } from '../listen.ts';
import type { ListeningServer } from '../listen.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

interface OwnSdkApp extends ListeningServer {
  instance: Observability;
}

let opened: OwnSdkApp | undefined;
afterEach(async () => {
  await opened?.close();
  await opened?.instance.shutdown();
  trace.disable();
  context.disable();
  propagation.disable();
});

describe('an application whose own SDK makes server spans, with our processor', () => {
  it('gets one server span a request, with what we know of it', async () => {
    const app = await openApp('borrowed', { isInstrumented: true });

    const seen = await sendForJson<{ traceId: string }>(`${app.url}/orders/7`, {
      headers: { 'x-correlation-id': 'order-7' },
    });

    const spans = await storedSpans(app.instance);
    expect(spans).toMatchObject([
      { operation_name: 'GET /orders/:id', kind: 'SERVER', route: '/orders/:id', correlation_id: 'order-7' },
      { operation_name: 'inside', kind: 'INTERNAL' },
    ]);
    expect(spans.map(({ trace_id }) => trace_id)).toEqual([seen.traceId, seen.traceId]);
    expect(spans[1]?.parent_span_id).toBe(spans[0]?.span_id);
    expect(await createHttpRows(app.instance).requests()).toMatchObject([
      { labels: { 'http.route': '/orders/:id' }, requests: 1 },
    ]);
  });

  it('gets an error on its server span', async () => {
    const app = await openApp('borrowed-error', { isInstrumented: true });

    await fetch(`${app.url}/fail`);

    expect(await storedSpans(app.instance)).toMatchObject([
      { operation_name: 'GET /fail', kind: 'SERVER', status: 'ERROR', error: 'broken' },
    ]);
  });

  it('gets our server span where its SDK makes none', async () => {
    const app = await openApp('own-span', { isInstrumented: false });

    await sendForJson(`${app.url}/orders/7`, { headers: { traceparent: TRACEPARENT } });

    expect(await storedSpans(app.instance)).toMatchObject([
      {
        operation_name: 'GET /orders/:id',
        kind: 'SERVER',
        trace_id: '0af7651916cd43dd8448eb211c80319c',
        parent_span_id: 'b7ad6b7169203331',
      },
      { operation_name: 'inside', kind: 'INTERNAL' },
    ]);
  });
});

async function openApp(
  serviceName: string,
  { isInstrumented }: { isInstrumented: boolean },
): Promise<OwnSdkApp> {
  const instance = createObservability({
    serviceName,
    store: postgresStore((await testDatabase()).url),
    logger: createQuietLogger(),
  });
  context.setGlobalContextManager(createContextManager());
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [instance.spanProcessor] }));
  await instance.start();
  const telemetry = observability({ observability: instance });
  const app = express5();
  app.use(telemetry.middleware());
  app.get('/orders/:id', async (_request, response) => {
    response.json(await withTracingContext('inside', {}, ({ traceId }) => Promise.resolve({ traceId })));
  });
  app.get('/fail', () => {
    throw new Error('broken');
  });
  app.use(telemetry.errorHandler());
  const server = await listen(isInstrumented ? instrument(app) : app);
  opened = { ...server, instance };
  return opened;
}

const RPC_METADATA = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA');

/** Does with a server what OpenTelemetry's instrumentations of http and express do. */
function instrument(listener: RequestListener): RequestListener {
  const tracer = trace.getTracer('http instrumentation');
  return (request, response) => {
    const span = tracer.startSpan(request.method ?? 'GET', { kind: SpanKind.SERVER }, ROOT_CONTEXT);
    const metadata = ROOT_CONTEXT.setValue(RPC_METADATA, { type: 'http', span });
    const ofMiddleware = tracer.startSpan('middleware', {}, trace.setSpan(metadata, span));
    response.on('close', () => span.end());
    // Its express instrumentation makes the span of the middleware the active one, and ends it when the middleware hands on.
    context.with(trace.setSpan(metadata, ofMiddleware), () => listener(request, response));
  };
}

function createContextManager(): Parameters<typeof context.setGlobalContextManager>[0] {
  const storage = new AsyncLocalStorage<Context>();
  return {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, work, thisArg, ...args) => storage.run(active, () => work.apply(thisArg as never, args)),
    bind: (_active, target) => target,
    enable() {
      return this;
    },
    disable() {
      storage.disable();
      return this;
    },
  };
}

interface StoredSpan {
  operation_name: string;
  span_id: string;
  parent_span_id: string | null;
  trace_id: string;
}

async function storedSpans(instance: Observability): Promise<StoredSpan[]> {
  await instance.http.untilIdle(5_000);
  await instance.flush();
  // A foreign SDK names the service by its own resource, so everything in the database of this file counts.
  const { rows } = await instance.store.query(
    `delete from observability.spans returning operation_name, kind, trace_id, span_id, parent_span_id, status,
       correlation_id, attributes->>'http.route' as route, events->0->'attributes'->>'exception.message' as error`,
  );
  return (rows as unknown as StoredSpan[]).toSorted((one, other) =>
    one.operation_name.localeCompare(other.operation_name),
  );
}
