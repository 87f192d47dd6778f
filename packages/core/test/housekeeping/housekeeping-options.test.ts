import { expect, it } from 'vitest';
import { createObservability, getTracer } from '@pg-observability/core';
import { createTestObservability, memoryStore } from '@pg-observability/core/testing';
import { createQuietLogger } from '@pg-observability/testkit';

it.each([
  ['a number', 5],
  ['true', true],
  ['a negative interval', { intervalMs: -1 }],
  ['no time between rounds', { intervalMs: 0 }],
  ['an interval no timer takes', { intervalMs: 2 ** 31 }],
  ['a bad retention', { retention: { spansDays: -1 } }],
])('refuses %s', (_case, housekeeping) => {
  const create = (): unknown =>
    createObservability({ serviceName: 'test', store: memoryStore(), housekeeping: housekeeping as never });

  expect(create).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});

it('is on unless it is switched off, or the schema is none of ours and nobody asked', async () => {
  const options = { serviceName: 'test', store: memoryStore(), logger: createQuietLogger() };
  const instances = [
    createObservability(options),
    createObservability({ ...options, housekeeping: false }),
    createObservability({ ...options, schema: 'off' }),
    createObservability({ ...options, schema: 'off', housekeeping: { retention: { spansDays: 3 } } }),
    createTestObservability().observability,
  ];

  const stats = instances.map((instance) => instance.stats().housekeeping);
  await Promise.all(instances.map((instance) => instance.shutdown()));

  const idle = { holdsLease: false, lastReport: null };
  expect(stats).toEqual([idle, null, null, idle, null]);
});

it.each([
  ['is within the default', undefined, { stored: 1, dropped: {} }],
  ['is past a shorter retention', 7, { stored: 0, dropped: { out_of_window: 1 } }],
])('decides which spans are accepted: ten days ago %s', async (_case, spansDays, expected) => {
  const observability = createObservability({
    serviceName: 'test',
    store: memoryStore(),
    logger: createQuietLogger(),
    housekeeping: { retention: { spansDays } },
  });
  await observability.start();
  const startTime = Date.now() - 10 * 86_400_000;

  getTracer()
    .startSpan('ten days ago', { startTime })
    .end(startTime + 1);
  await observability.flush();
  const { stored, dropped } = observability.stats().spans;
  await observability.shutdown();

  expect({ stored, dropped }).toEqual(expected);
});
