import { context, propagation, trace } from '@opentelemetry/api';
import {
  continueTrace,
  counter,
  getDefaultInstance,
  getTracer,
  ObservabilityError,
  withTracingContext,
} from '@pg-observability/core';
import {
  assertMetric,
  assertQueryCount,
  assertReachedPhase,
  assertSpan,
  assertWorkflow,
  createTestObservability,
  findSpans,
} from '@pg-observability/core/testing';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDeferred } from '../health/deferred.ts';

const CLIENT = 2;

describe.each([
  ['in memory', async () => ({})],
  ['on PostgreSQL', async () => ({ store: postgresStore((await testDatabase()).url) })],
])('a recorder %s', (_, createOptions) => {
  it('answers spans as they were stored', async () => {
    await using test = createTestObservability({ serviceName: 'shop', ...(await createOptions()) });
    await withTracingContext('place order', { 'order.id': 7, password: 'hunter2' }, async (operation) => {
      operation.addEvent('card accepted', { card: 'visa' });
      await withTracingContext('charge', () => Promise.reject(new Error('declined'))).catch(() => undefined);
    });

    const [placed, charged, ...others] = await test.spans();

    expect(others).toEqual([]);
    expect(placed).toEqual({
      name: 'place order',
      kind: 'INTERNAL',
      status: 'UNSET',
      statusMessage: null,
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      parentSpanId: null,
      serviceName: 'shop',
      correlationId: placed?.traceId,
      startTime: expect.any(Date) as Date,
      durationMs: expect.any(Number) as number,
      attributes: { 'order.id': 7, password: '[REDACTED]' },
      events: [{ name: 'card accepted', time: expect.any(String) as string, attributes: { card: 'visa' } }],
    });
    expect(charged).toMatchObject({
      name: 'charge',
      status: 'ERROR',
      statusMessage: 'declined',
      parentSpanId: placed?.spanId,
    });
  });

  it('answers what began in one millisecond from the outside in', async () => {
    await using test = createTestObservability(await createOptions());
    const nested = (names: string[]): Promise<void> =>
      withTracingContext(String(names[0]), async () => {
        await (names.length > 1 ? nested(names.slice(1)) : Promise.resolve());
      });

    await nested(['order', 'payment', 'card', 'bank']);

    expect((await test.spans()).map(({ name }) => name)).toEqual(['order', 'payment', 'card', 'bank']);
  });

  it('answers metrics, and begins anew after a reset', async () => {
    await using test = createTestObservability(await createOptions());
    counter('orders.placed', 2, { channel: 'web' });
    counter('orders.placed', 1, { channel: 'shop' });
    await assertMetric(test, 'orders.placed', { value: 3 });
    await assertMetric(test, 'orders.placed', { value: 2, labels: { channel: 'web' } });
    await withTracingContext('before', () => undefined);

    await test.reset();
    const nothing = [await test.metrics(), await test.spans()];
    counter('orders.placed', 5, { channel: 'web' });
    await withTracingContext('after', () => undefined);

    expect(nothing).toEqual([[], []]);
    expect((await test.metrics('orders.placed')).map(({ value }) => value)).toEqual([5]);
    expect((await test.spans()).map(({ name }) => name)).toEqual(['after']);
  });
});

describe('the finders', () => {
  it('find by name, pattern, kind, status and attributes', async () => {
    await using test = createTestObservability();
    await withTracingContext('GET /orders/:id', { status: 500 }, () => undefined);
    await withTracingContext('GET /livez', { status: 200 }, () => undefined);
    const filters = [
      { name: 'GET /orders/:id' },
      { name: /^GET/ },
      { name: /^GET/g, attributes: { status: 200 } },
      { status: 'ERROR' as const },
      { kind: 'SERVER' as const },
      { attributes: { status: '500' } },
    ];

    const found = await Promise.all(filters.map((filter) => findSpans(test, filter)));

    expect(found.map((spans) => spans.length)).toEqual([1, 2, 1, 0, 0, 0]);
  });

  it('wait for the span of a request whose answer is already here', async () => {
    await using test = createTestObservability();
    const { http } = test.observability;
    const server = createServer((request, response) => {
      const source = { originalUrl: request.url ?? '', route: () => '/orders/:id' };
      http.handle(request, response, source, () => response.end('ok'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;

    for (let order = 1; order <= 20; order += 1) {
      await fetch(`http://127.0.0.1:${port}/orders/${order}`);

      expect(await findSpans(test, { kind: 'SERVER' })).toHaveLength(order);
    }
  });
});

describe('spans()', () => {
  it('waits for a message that is still being processed when its sender goes on', async () => {
    await using test = createTestObservability();
    const turn = createDeferred<void>();
    const processed = continueTrace({}, 'process order', () => turn.promise);

    const reading = test.spans();
    setImmediate(() => turn.resolve(undefined));

    expect((await reading).map(({ name }) => name)).toEqual(['process order']);
    await processed;
  });

  it('goes on without what does not end', async () => {
    await using test = createTestObservability();
    const turn = createDeferred<void>();
    const processed = continueTrace({}, 'process order', () => turn.promise);

    expect(await test.spans()).toEqual([]);
    turn.resolve(undefined);
    await processed;
  });
});

describe('the assertions', () => {
  it('answer what they found', async () => {
    await using test = createTestObservability();
    const { workflowId } = await test.workflows.createWorkflow({ workflowType: 'order' });
    await test.workflows.transition(workflowId, 'paid', 'running');
    await test.workflows.transition(workflowId, 'shipped', 'completed');
    await withTracingContext('pay', () => undefined);

    const state = await assertWorkflow(test, workflowId, { phase: 'shipped', status: 'completed' });
    const span = await assertSpan(test, { name: 'pay' });
    await assertReachedPhase(test, workflowId, 'paid');

    expect([state.version, span.name]).toEqual([3, 'pay']);
  });

  it('count the queries of some work, and nothing before it', async () => {
    await using test = createTestObservability();
    const query = (text: string): void =>
      getTracer()
        .startSpan('SELECT', {
          kind: CLIENT,
          attributes: { 'db.system.name': 'postgresql', 'db.query.text': text },
        })
        .end();
    query('select before');
    await withTracingContext('not a query', () => undefined);

    const answer = await assertQueryCount(test, 2, () => {
      query('select 1');
      query('select 2');
      return 'done';
    });
    const error = await failureOf(
      assertQueryCount(test, 1, () => {
        query('select 3');
        query('select 4');
      }),
    );

    expect(answer).toBe('done');
    expect(error).toMatchObject({ name: 'AssertionError', code: 'ERR_ASSERTION' });
    expect(error?.message).toContain('select 4');
    expect(error?.message).not.toContain('select 2');
  });

  it('fail with a short list of what there is', async () => {
    await using test = createTestObservability();
    for (let i = 0; i < 30; i += 1) {
      await withTracingContext(`job ${i}`, { text: 'x'.repeat(1_000) }, () => undefined);
    }
    counter('jobs', 30);
    const { workflowId } = await test.workflows.createWorkflow({ workflowType: 'job' });
    const other = '0b7e1c52-6f0d-4c6e-9a51-2f1c1d3f8a77';

    const errors = await Promise.all([
      failureOf(assertSpan(test, { name: /no such/ })),
      failureOf(assertMetric(test, 'jobs', { value: 31 })),
      failureOf(assertMetric(test, 'tasks')),
      failureOf(assertWorkflow(test, workflowId, { phase: 'paid' })),
      failureOf(assertWorkflow(test, other)),
      failureOf(assertReachedPhase(test, workflowId, 'paid')),
    ]);

    expect(errors.map((error) => error?.name)).toEqual(errors.map(() => 'AssertionError'));
    expect(errors.map((error) => (error?.message.length ?? 0) < 3_000)).toEqual(errors.map(() => true));
    expect(errors[0]?.message).toContain('job 9 (INTERNAL, UNSET)');
    expect(errors[0]?.message).toContain('and 20 more');
    expect(errors[1]?.message).toContain('"value":30');
    expect(errors[4]?.message).toContain(workflowId);
  });

  it('reject what is no workflow ID with its code', async () => {
    await using test = createTestObservability();

    const error = await failureOf(assertWorkflow(test, 'order 7'));

    expect(error).toBeInstanceOf(ObservabilityError);
  });
});

describe('shutdown', () => {
  it('leaves nothing global behind, and what was recorded can still be read', async () => {
    const listeners = countListeners();
    const test = createTestObservability();
    // As an application does at its start.
    test.observability.handleSignals();
    await withTracingContext('work', () => undefined);
    const during = [
      getDefaultInstance() === test.observability,
      propagation.fields().length > 0,
      process.listenerCount('SIGTERM') > (listeners['SIGTERM'] ?? 0),
    ];

    await test.shutdown();

    expect(during).toEqual([true, true, true]);
    expect([getDefaultInstance(), propagation.fields(), countListeners()]).toEqual([
      undefined,
      [],
      listeners,
    ]);
    expect(trace.getTracer('x').startSpan('nobody listens').isRecording()).toBe(false);
    expect(context.with(context.active().setValue(Symbol.for('k'), 1), () => context.active())).toBe(
      context.active(),
    );
    expect((await test.spans()).map(({ name }) => name)).toEqual(['work']);
  });

  it('lets the next recorder begin with nothing', async () => {
    await using first = createTestObservability();
    await withTracingContext('first', () => undefined);
    await first.shutdown();

    await using second = createTestObservability();
    await withTracingContext('second', () => undefined);

    expect((await second.spans()).map(({ name }) => name)).toEqual(['second']);
  });
});

async function failureOf(work: Promise<unknown>): Promise<Error | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => error as Error,
  );
}

function countListeners(): Record<string, number> {
  return Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)]));
}
