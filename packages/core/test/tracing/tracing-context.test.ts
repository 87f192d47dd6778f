import { context, trace } from '@opentelemetry/api';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  continueTrace,
  createObservability,
  currentCorrelationId,
  generateCorrelationId,
  getTracer,
  propagationHeaders,
  TracingContext,
  withTracingContext,
} from '@pg-observability/core';
import type { Observability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';

// The key every copy of @opentelemetry/core uses.
const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

function isTracingSuppressed(): boolean {
  return context.active().getValue(SUPPRESS_TRACING) === true;
}

let database: Awaited<ReturnType<typeof testDatabase>>;
let observability: Observability;
beforeAll(async () => {
  database = await testDatabase();
  observability = createObservability({ serviceName: 'tracing-test', store: postgresStore(database.url) });
  await observability.start();
});
afterAll(async () => {
  await observability.shutdown();
  await database.drop();
});

async function storedSpan(spanId: string): Promise<Record<string, unknown> | undefined> {
  await observability.flush();
  const { rows } = await observability.store.query(
    `select trace_id, parent_span_id, operation_name, status, status_message, service_name, correlation_id, attributes,
       events -> 0 ->> 'name' as event from observability.spans where span_id = $1::text`,
    [spanId],
  );
  return rows[0];
}

it('has the ids of a real span, and is active only inside run', () => {
  const operation = new TracingContext('active only inside');

  const outside = trace.getActiveSpan()?.spanContext().spanId;
  const inside = operation.run(() => trace.getActiveSpan()?.spanContext().spanId);
  operation.end();

  expect(operation.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect({ outside, inside }).toEqual({ outside: undefined, inside: operation.spanId });
});

it('is stored with its attributes, events and parent', async () => {
  const parent = new TracingContext('parent');
  const child = parent.run(() => new TracingContext('child', { 'order.id': 7 }));

  child.setAttribute('added', true);
  child.addEvent('halfway', { at: 1 });
  child.end();
  parent.end();

  expect(await storedSpan(child.spanId)).toEqual({
    trace_id: parent.traceId,
    parent_span_id: parent.spanId,
    operation_name: 'child',
    status: 'UNSET',
    status_message: null,
    service_name: 'tracing-test',
    correlation_id: null,
    attributes: { 'order.id': 7, added: true },
    event: 'halfway',
  });
});

it('records what the work throws, ends, and throws it on', async () => {
  const thrown = new Error('no stock');
  let spanId = '';

  const result = withTracingContext('failing', async (operation) => {
    spanId = operation.spanId;
    throw thrown;
  });

  await expect(result).rejects.toBe(thrown);
  expect(await storedSpan(spanId)).toMatchObject({
    status: 'ERROR',
    status_message: 'no stock',
    event: 'exception',
  });
});

it.each([
  ['undefined', undefined],
  ['null', null],
  ['text', 'just text'],
  ['an object', { code: 1 }],
  [
    'a circular object',
    Object.assign(
      {},
      {
        get self() {
          return this;
        },
      },
    ),
  ],
])('records a rejection with %s as an error', async (_case, reason) => {
  let spanId = '';

  await withTracingContext('odd rejection', async (operation) => {
    spanId = operation.spanId;
    throw reason;
  }).catch(() => undefined);

  expect(await storedSpan(spanId)).toMatchObject({ status: 'ERROR' });
});

it('records an error of another realm as an error', async () => {
  const error = runInNewContext(`new TypeError('fetch failed')`) as Error;
  let spanId = '';

  const work = withTracingContext('ask in a vm', (operation) => {
    ({ spanId } = operation);
    throw error;
  });

  await expect(work).rejects.toBe(error);
  expect(error instanceof Error).toBe(false);
  expect(await storedSpan(spanId)).toMatchObject({
    status: 'ERROR',
    status_message: 'fetch failed',
    event: 'exception',
  });
});

it('ends once, and at the end of a using block', async () => {
  let spanId = '';
  {
    using operation = new TracingContext('used');
    spanId = operation.spanId;
    operation.end();
    operation.end(new Error('too late'));
  }

  expect(await storedSpan(spanId)).toMatchObject({ operation_name: 'used', status: 'UNSET' });
});

it('never throws for what it is given', () => {
  const hostile = {
    get boom(): string {
      throw new Error('getter');
    },
  };
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const inputs: unknown[] = [
    undefined,
    null,
    0,
    Number.NaN,
    '',
    'x'.repeat(10_000_000),
    '\u0000\ud800',
    {},
    [],
    hostile,
    circular,
    10n,
    Symbol('s'),
  ];

  for (const input of inputs) {
    const operation = new TracingContext(input as never, input as never);
    operation.setAttribute(input as never, input as never);
    operation.addEvent(input as never, input as never);
    operation.end(input);
  }

  expect(inputs).toHaveLength(13);
});

it('keeps 10,000 attributes to the limit of the SDK and counts the rest', async () => {
  const attributes = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, index]));
  const operation = new TracingContext('many attributes', attributes);

  operation.end();

  await observability.flush();
  const { rows } = await observability.store.query(
    'select dropped_attributes_count as dropped from observability.spans where span_id = $1::text',
    [operation.spanId],
  );
  expect(rows).toEqual([{ dropped: 9_872 }]);
});

it('carries the trace to another service and back, with its correlation ID', async () => {
  let headers: Record<string, string> = {};
  let spanIds: string[] = [];

  await continueTrace({ 'X-Correlation-ID': 'order-77' }, 'sender', async (sender) => {
    headers = propagationHeaders();
    await continueTrace(headers, 'receiver', async (receiver) => {
      spanIds = [sender.spanId, receiver.spanId];
      expect(currentCorrelationId()).toBe('order-77');
    });
  });

  expect(headers).toEqual({
    traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) as string,
    'x-correlation-id': 'order-77',
  });
  expect(await storedSpan(spanIds[1] ?? '')).toMatchObject({
    parent_span_id: spanIds[0],
    correlation_id: 'order-77',
  });
});

it('passes tracestate, baggage and the random flag on as they came', async () => {
  const carrier = {
    traceparent: `00-${'4'.repeat(32)}-${'5'.repeat(16)}-03`,
    tracestate: 'congo=t61rcWkgMzE,rojo=00f067aa0ba902b7',
    baggage: 'user=alice,plan=pro;ttl=60',
  };

  const headers = await continueTrace(carrier, 'passing on', () => propagationHeaders());

  expect(headers).toEqual({
    traceparent: expect.stringMatching(new RegExp(`^00-${'4'.repeat(32)}-[0-9a-f]{16}-03$`)) as string,
    tracestate: carrier.tracestate,
    baggage: carrier.baggage,
    'x-correlation-id': '4'.repeat(32),
  });
});

it.each([
  ['nothing', undefined],
  ['null', null],
  ['an invalid traceparent', { traceparent: '00-xyz-abc-01' }],
  ['zeroes', { traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01` }],
  ['a hostile correlation ID', { 'x-correlation-id': 'a\r\nset-cookie: x' }],
  ['10 MB', { traceparent: 'x'.repeat(10_000_000) }],
  ['text', 'traceparent' as never],
])('begins a new trace when the carrier says %s', async (_case, carrier) => {
  const ids = await continueTrace(carrier as never, 'new trace', (operation) => [
    operation.traceId,
    currentCorrelationId(),
  ]);

  expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(ids[1]).toBe(ids[0]);
});

it('does not record a trace its parent did not sample, and passes that on', async () => {
  const carrier = { traceparent: `00-${'6'.repeat(32)}-${'7'.repeat(16)}-00` };
  let spanId = '';

  const headers = await continueTrace(carrier, 'unsampled', (operation) => {
    spanId = operation.spanId;
    return propagationHeaders();
  });

  expect(headers['traceparent']).toMatch(/-00$/);
  expect(await storedSpan(spanId)).toBeUndefined();
});

it('makes a correlation ID of the active trace, else a random one', async () => {
  const outside = [generateCorrelationId(), generateCorrelationId()];
  const [inside, traceId] = await withTracingContext('ids', (operation) => [
    generateCorrelationId(),
    operation.traceId,
  ]);

  expect(outside.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
  expect(new Set(outside).size).toBe(2);
  expect(inside).toBe(traceId);
  expect(currentCorrelationId()).toBeUndefined();
});

it('gives tracers whose spans are stored', async () => {
  const span = getTracer('billing').startSpan('by hand');

  span.end();

  expect(await storedSpan(span.spanContext().spanId)).toMatchObject({ operation_name: 'by hand' });
});

it('keeps the context over awaits, timers and promises of many jobs at once', async () => {
  const jobs = Array.from({ length: 50 }, (_, index) =>
    continueTrace({ 'x-correlation-id': `job-${index}` }, 'job', async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await Promise.all([Promise.resolve(), new Promise((resolve) => setTimeout(resolve, 1))]);
      return currentCorrelationId();
    }),
  );

  expect(await Promise.all(jobs)).toEqual(Array.from({ length: 50 }, (_, index) => `job-${index}`));
});

it('traces none of its own SQL', async () => {
  await observability.flush();
  const before = observability.stats().spans.stored;
  let spans = 0;
  const seen: unknown[] = [];

  await withTracingContext('around our SQL', async () => {
    await observability.workflows.listWorkflows();
    await observability.store.transaction(async (sql) => {
      seen.push(isTracingSuppressed());
      await sql.query('select 1');
    });
    spans += 1;
  });
  await observability.flush();

  expect(seen).toEqual([true]);
  expect(observability.stats().spans.stored).toBe(before + spans);
});
