import { expect, it } from 'vitest';
import { createObservability } from '@pg-observability/core';
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
