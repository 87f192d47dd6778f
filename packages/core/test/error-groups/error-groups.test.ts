import {
  createObservability,
  ensureObservabilityTables,
  ErrorGroups,
  getTracer,
  ObservabilityError,
  withTracingContext,
} from '@pg-observability/core';
import type { Observability, ObservabilityOptions, SqlStore } from '@pg-observability/core';
import { memoryStore } from '@pg-observability/core/testing';
import { embeddedStore } from '@pg-observability/core/embedded';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { readNewErrors } from '../../src/error-groups/read-new-errors.ts';
import { createQuietLogger, postgresMajorsUnderTest, testDatabase } from '@pg-observability/testkit';
import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

const stores: Record<string, () => Promise<SqlStore>> = {
  'the memory store': () => Promise.resolve(memoryStore()),
  'the embedded store': () => Promise.resolve(embeddedStore({ dataDir: 'memory://' })),
};
for (const major of postgresMajorsUnderTest()) {
  stores[`PostgreSQL ${major}`] = async () => postgresStore((await testDatabase({ major })).url);
}

afterEach(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

describe.each(Object.entries(stores))('errors by group on %s', (_, openStore) => {
  let store: SqlStore;
  let errors: ErrorGroups;
  beforeAll(async () => {
    store = await openStore();
    await ensureObservabilityTables(store);
    errors = new ErrorGroups(store, { timeoutMs: 60_000 });
  }, 180_000);
  afterAll(() => store.close?.());

  /** An instance of a service that no other test has. */
  function open(options: Partial<ObservabilityOptions> = {}): Observability & { serviceName: string } {
    // The store outlives the instance.
    const shared: SqlStore = Object.assign(Object.create(store) as SqlStore, {
      query: store.query.bind(store),
      script: store.script.bind(store),
      transaction: store.transaction.bind(store),
      loadRows: store.loadRows?.bind(store),
      close: async () => undefined,
    });
    const observability = createObservability({
      serviceName: `shop-${randomUUID()}`,
      store: shared,
      logger: createQuietLogger(),
      housekeeping: false,
      ingest: { spool: false },
      timeoutMs: 60_000,
      ...options,
    });
    onTestFinished(() => observability.shutdown());
    return observability;
  }

  async function fail(message: string, type: new (message: string) => Error = Error): Promise<string> {
    let traceId = '';
    await withTracingContext('pay', (operation) => {
      traceId = operation.traceId;
      throw new type(message);
    }).catch(() => undefined);
    return traceId;
  }

  it('are counted by type, message and place, with the first message and the last trace', async () => {
    const { serviceName, flush } = bind(open());

    await fail('Order 1 not found', TypeError);
    const traceId = await fail('Order 22 not found', TypeError);
    await fail('Order 22 not found', RangeError);
    await flush();

    const groups = await errors.list({ serviceName });
    expect(groups).toHaveLength(2);
    const group = groups.find(({ exceptionType }) => exceptionType === 'TypeError');
    expect(group).toEqual({
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      serviceName,
      exceptionType: 'TypeError',
      message: 'Order 1 not found',
      culprit: expect.stringContaining('error-groups.test.ts)') as string,
      count: 2,
      firstSeenAt: expect.any(Date) as Date,
      lastSeenAt: expect.any(Date) as Date,
      lastTraceId: traceId,
      state: 'open',
      stateChangedAt: expect.any(Date) as Date,
      stateChangedBy: null,
      stateNote: null,
      regressionCount: 0,
    });
    expect(group && (await errors.get(group.fingerprint))).toEqual(group);
  });

  it('are counted once where one passes through several spans, and each time where it is new', async () => {
    const { serviceName, flush } = bind(open());

    await withTracingContext('outer', async () => {
      for (let attempt = 0; attempt < 3; attempt += 1) {
        await withTracingContext('try', () => Promise.reject(new Error('no answer'))).catch(() => undefined);
      }
      await withTracingContext('middle', () =>
        withTracingContext('inner', () => Promise.reject(new Error('no answer'))),
      );
    }).catch(() => undefined);
    await flush();

    expect((await errors.list({ serviceName })).map(({ count }) => count)).toEqual([4]);
  });

  it('are counted also where head sampling drops the span', async () => {
    const instance = open({ spans: { sampling: 0 } });
    const { serviceName, flush } = bind(instance);

    await withTracingContext('outer', () =>
      withTracingContext('inner', () => Promise.reject(new Error('unseen'))),
    ).catch(() => undefined);
    const span = getTracer().startSpan('by hand', { kind: SpanKind.SERVER });
    span.recordException(new Error('by hand'));
    span.end();
    await flush();

    expect(
      (await errors.list({ serviceName })).map(({ message, count }) => [message, count]).toSorted(byText),
    ).toEqual([
      ['by hand', 1],
      ['unseen', 1],
    ]);
    expect(instance.stats().spans.stored).toBe(0);
  });

  it('are counted also where a keep-rule drops the trace', async () => {
    const { serviceName, flush } = bind(open({ spans: { keep: { errors: false, ratio: 0 } } }));

    await fail('dropped');
    await flush();

    expect((await errors.list({ serviceName })).map(({ count }) => count)).toEqual([1]);
  });

  it('come also from spans of the SDK of the application', async () => {
    const instance = open();
    const provider = new TracerProvider({ spanProcessors: [instance.spanProcessor] });
    const span = provider.getTracer('own').startSpan('own');
    span.recordException(new TypeError('from elsewhere'));
    span.addEvent('exception', { 'exception.type': 'Custom', 'exception.message': 'added by hand' });
    span.addEvent('other', { 'exception.type': 'Custom' });
    span.end();
    await instance.flush();

    const found = await errors.list({ limit: 10_000 });
    expect(
      found
        .filter(({ message }) => ['from elsewhere', 'added by hand'].includes(message))
        .map(({ exceptionType, count }) => [exceptionType, count])
        .toSorted(byText),
    ).toEqual([
      ['Custom', 1],
      ['TypeError', 1],
    ]);
    await provider.shutdown();
  });

  it('are masked as everything is', async () => {
    const { serviceName, flush } = bind(
      open({
        redact: (key, value) =>
          key === 'exception.message' ? String(value).replace('ada', '[name]') : value,
      }),
    );

    await fail('ada cannot connect to postgres://shop:hunter2@db/shop');
    await flush();

    const [group] = await errors.list({ serviceName });
    expect(group?.message).toContain('[name] cannot connect');
    expect(group?.message).not.toContain('hunter2');
  });

  it('have a state: resolved ones come back when they are seen again, ignored ones do not', async () => {
    const { serviceName, flush } = bind(open());
    const before = new Date(Date.now() - 1_000);
    // Other words, because a number would be the same.
    await fail('payment failed');
    await fail('stock failed');
    await flush();
    const [stock, payment] = (await errors.list({ serviceName })).toSorted((a, b) =>
      b.message.localeCompare(a.message),
    );
    const fresh = (await errors.readNewErrors(before)).filter((group) => group.serviceName === serviceName);

    const resolved = await errors.resolve(payment?.fingerprint ?? '', 'ada', 'mended in 1.4.2');
    const ignored = await errors.ignore(stock?.fingerprint ?? '', 'ada');
    const since = new Date(Math.max(resolved.stateChangedAt.getTime(), ignored.stateChangedAt.getTime()) + 1);
    const quiet = await errors.list({ serviceName, state: 'open' });
    await untilAfter(since);
    await fail('payment failed');
    await fail('stock failed');
    await flush();

    expect(fresh.map(({ message, kind }) => [message, kind]).toSorted(byText)).toEqual([
      ['payment failed', 'new'],
      ['stock failed', 'new'],
    ]);
    expect(resolved).toMatchObject({
      state: 'resolved',
      stateChangedBy: 'ada',
      stateNote: 'mended in 1.4.2',
      count: 1,
    });
    expect(quiet).toEqual([]);
    expect(await errors.get(payment?.fingerprint ?? '')).toMatchObject({
      state: 'open',
      count: 2,
      regressionCount: 1,
      stateChangedBy: null,
      stateNote: null,
    });
    expect(await errors.get(stock?.fingerprint ?? '')).toMatchObject({
      state: 'ignored',
      count: 2,
      regressionCount: 0,
    });
    const back = (await errors.readNewErrors(since)).filter((group) => group.serviceName === serviceName);
    expect(back.map(({ message, kind }) => [message, kind])).toEqual([['payment failed', 'regression']]);
    expect(await readNewErrors(store, { serviceName, sinceMs: since.getTime() })).toEqual([
      {
        fingerprint: payment?.fingerprint,
        type: 'Error',
        message: 'payment failed',
        count: 2,
        firstSeenMs: expect.any(Number) as number,
      },
    ]);
    expect(await errors.reopen(stock?.fingerprint ?? '')).toMatchObject({
      state: 'open',
      stateChangedBy: null,
    });
  });

  it('of more kinds than are told apart are counted as one', async () => {
    const instance = open({ errors: { maxGroups: 3 } });
    const { serviceName, flush } = bind(instance);

    for (const word of ['a', 'b', 'c', 'd', 'e', 'a']) {
      await fail(`kind ${word}`);
    }
    await flush();

    expect(
      (await errors.list({ serviceName })).map(({ message, count }) => [message, count]).toSorted(byText),
    ).toEqual([
      ['More kinds of errors came at once than are told apart.', 2],
      ['kind a', 2],
      ['kind b', 1],
      ['kind c', 1],
    ]);
    expect(instance.stats().errors).toEqual({ queued: 0, stored: 6, dropped: 0, lastError: null });
  });

  it('may be whatever can be thrown', async () => {
    const { serviceName, flush } = bind(open());
    const hostile: unknown[] = [
      'text',
      42,
      null,
      { message: '__proto__', name: '"; drop table x; --', stack: 5 },
      Object.assign(new Error('\0\ud800'), { stack: '\0\ud800' }),
      Object.assign(new Error('x'.repeat(10_000_000)), { stack: 'y'.repeat(10_000_000) }),
      Object.assign(new Error('coded'), { code: 'E'.repeat(10_000) }),
      Object.assign(new Error('many lines'), {
        stack: '    at f (/app/node_modules/x.js:1:2)\n'.repeat(100_000),
      }),
      new AggregateError([new Error('a')], 'several'),
      new DOMException('gone', 'AbortError'),
    ];

    for (const thrown of hostile) {
      await withTracingContext('hostile', () => Promise.reject(thrown)).catch(() => undefined);
    }
    await flush();

    const groups = await errors.list({ serviceName });
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(hostile.length);
    expect(Math.max(...groups.map(({ message }) => message.length))).toBeLessThanOrEqual(2_000);
  });

  it.each([
    ['get', [1]],
    ['get', ['x']],
    ['get', ["'; drop table x; --"]],
    ['get', ['f'.repeat(65)]],
    ['resolve', [undefined]],
    ['resolve', ['f'.repeat(64), '']],
    ['resolve', ['f'.repeat(64), 'x'.repeat(257)]],
    ['ignore', ['f'.repeat(64), 'ada', 'x'.repeat(4_097)]],
    ['reopen', ['f'.repeat(64), 5]],
    ['list', [null]],
    ['list', [{ since: 'yesterday' }]],
    ['list', [{ since: new Date(Number.NaN) }]],
    ['list', [{ since: new Date(8.64e15) }]],
    ['list', [{ state: 'closed' }]],
    ['list', [{ serviceName: '' }]],
    ['list', [{ limit: 0 }]],
    ['list', [{ limit: 10_001 }]],
    ['readNewErrors', [undefined]],
    ['readNewErrors', [new Date(-8.64e15)]],
    ['readNewErrors', [new Date(), Number.NaN]],
  ] as const)('%s refuses %o', async (method, values) => {
    const call = errors[method].bind(errors) as (...args: readonly unknown[]) => Promise<unknown>;

    const error: unknown = await call(...values).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ObservabilityError);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('that are not there cannot be changed', async () => {
    await expect(errors.resolve('0'.repeat(64))).rejects.toMatchObject({ code: 'ERROR_GROUP_NOT_FOUND' });
    expect(await errors.get('0'.repeat(64))).toBeNull();
  });
});

it.each([
  [true],
  ['off'],
  [[]],
  [{ maxGroups: 0 }],
  [{ flushIntervalMs: 1 }],
  [{ flushIntervalMs: Number.NaN }],
  [{ groups: 1 }],
])('the option errors is refused as %o', (option) => {
  const store = embeddedStore({ dataDir: 'memory://' });

  expect(() => createObservability({ serviceName: 'shop', store, errors: option as never })).toThrow(
    '[INVALID_OPTION]',
  );
});

/** Rows in the order of their texts. */
function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1;
}

/** Name and flush of an instance, for tests that read by the service. */
function bind(instance: Observability): { serviceName: string; flush: () => Promise<void> } {
  return { serviceName: instance.serviceName, flush: () => instance.flush(60_000) };
}

/** The clock of the process must be past that of the database. */
async function untilAfter(time: Date): Promise<void> {
  await expect.poll(() => Date.now()).toBeGreaterThan(time.getTime());
}
