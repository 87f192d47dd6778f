import { createObservability, withTracingContext } from '@pg-observability/core';
import type { AlertMessage, Observability, ObservabilityOptions } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createQuietLogger, testDatabase } from '@pg-observability/testkit';
import { context, propagation, trace } from '@opentelemetry/api';
import { afterEach, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { createAlert } from './delivery-fixture.ts';
import { startReceiver } from './receiver-server.ts';

let url: string;
beforeAll(async () => {
  ({ url } = await testDatabase());
});
afterEach(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

function open(alerts: ObservabilityOptions['alerts']): Observability {
  const observability = createObservability({
    serviceName: 'shop',
    store: postgresStore(url),
    logger: createQuietLogger(),
    housekeeping: false,
    timeoutMs: 60_000,
    ingest: { spool: false },
    alerts,
  });
  onTestFinished(() => observability.shutdown());
  return observability;
}

it('an instance tells of what it raises, without a span, a header or a context of the request', async () => {
  const receiver = await startReceiver();
  const seen: (string | undefined)[] = [];
  const observability = open({
    receivers: {
      hook: { kind: 'webhook', url: receiver.url },
      own: { kind: 'notify', notify: () => seen.push(trace.getActiveSpan()?.spanContext().traceId) },
    },
    groupWaitMs: 0,
  });
  let traceId = '';

  const alert = await withTracingContext('pay', (operation) => {
    traceId = operation.traceId;
    return observability.alerts.raise(createAlert());
  });
  await vi.waitFor(() => expect([receiver.received.length, seen.length]).toEqual([1, 1]), 60_000);
  await observability.flush();

  const spans = await observability.store.query(
    'select operation_name from observability.spans where trace_id = $1::text',
    [traceId],
  );
  expect(spans.rows).toEqual([{ operation_name: 'pay' }]);
  expect([receiver.received[0]?.headers['traceparent'], seen]).toEqual([undefined, [undefined]]);
  expect(alert.traceId).toBe(traceId);
  expect(receiver.received[0]?.body).toContain(`Trace: ${traceId}`);
  await vi.waitFor(
    () =>
      expect(observability.stats().alertDelivery?.receivers).toMatchObject({
        hook: { delivered: 1 },
        own: { delivered: 1 },
      }),
    60_000,
  );
});

it('tells of an error that was not seen before, and of a silenced one when the silence is over', async () => {
  const messages: AlertMessage[] = [];
  const observability = open({
    rules: [{ kind: 'newError', alertType: 'new_error', within: '1h' }],
    intervalMs: 1_000,
    receivers: { teller: { kind: 'notify', notify: (message) => messages.push(message) } },
    groupWaitMs: 0,
    groupIntervalMs: 0,
  });
  const { alerts } = observability;
  const known = { labels: { 'error.type': 'Range*' } };
  const silence = await alerts.silence({ matchers: known, forMs: 3_600_000, by: 'ann', note: 'known' });
  const told = (): unknown[] =>
    messages.flatMap(({ notices }) => notices.map(({ event, alert }) => [event, alert.labels['error.type']]));

  for (const error of [new TypeError('new here'), new RangeError('known here')]) {
    await expect(withTracingContext('fail', () => Promise.reject(error))).rejects.toBe(error);
  }
  await observability.flush();
  await vi.waitFor(async () => expect(await alerts.list({ alertType: 'new_error' })).toHaveLength(2), 60_000);
  await vi.waitFor(() => expect(told()).toEqual([['opened', 'TypeError']]), 60_000);
  expect(messages[0]?.title).toBe('[firing, error] An error that was not seen before: TypeError: new here');
  await alerts.unsilence(silence.id);
  await vi.waitFor(
    () =>
      expect(told()).toEqual([
        ['opened', 'TypeError'],
        ['unsilenced', 'RangeError'],
      ]),
    60_000,
  );
}, 180_000);

it('a process that ends tells what waits for others first', async () => {
  const messages: AlertMessage[] = [];
  const observability = open({
    receivers: { last: { kind: 'notify', notify: (message) => messages.push(message) } },
    groupWaitMs: 600_000,
  });

  await observability.alerts.raise(createAlert());
  await observability.alerts.raise(createAlert());
  await observability.shutdown();

  expect(messages.map(({ notices }) => notices.length)).toEqual([2]);
});

it('a process that ends does not wait for a receiver that hangs, and leaves the message to the next one', async () => {
  const receiver = await startReceiver(() => undefined);
  const name = 'hanging';
  const observability = createObservability({
    serviceName: 'shop',
    store: postgresStore(url),
    logger: createQuietLogger(),
    housekeeping: false,
    timeoutMs: 60_000,
    ingest: { spool: false },
    alerts: { receivers: { [name]: { kind: 'webhook', url: receiver.url, timeoutMs: 60_000 } } },
    shutdown: { flushTimeoutMs: 500 },
  });

  await observability.alerts.raise(createAlert());
  const begin = performance.now();
  await observability.shutdown();
  const tookMs = performance.now() - begin;

  const next = open(undefined);
  const [notification] = await next.alerts.notifications({ receiver: name });
  expect(tookMs).toBeLessThan(30_000);
  expect(notification).toMatchObject({
    state: 'queued',
    attempts: 1,
    lastError: 'This process was shut down',
  });
});

it('without the option alerts are rows, and stats say so', async () => {
  const observability = open(undefined);

  await observability.alerts.raise(createAlert());

  expect(observability.stats().alertDelivery).toBeNull();
});

it('refuses a bad option', () => {
  expect(() => open({ receivers: { ops: { kind: 'webhook', url: 'nowhere' } } })).toThrow(
    '[INVALID_OPTION] alerts.receivers.ops.url is text that is none; expected an address that begins with https:// or http://.',
  );
});
