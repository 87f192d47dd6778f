import { expect, it } from 'vitest';
import { createObservability } from '@pg-observability/core';
import { memoryStore } from '@pg-observability/core/testing';
import { resolveRuntimeMetrics } from '../../src/runtime/runtime-metrics-options.ts';

it('records once a minute unless told otherwise', () => {
  expect([undefined, true, {}].map((options) => resolveRuntimeMetrics(options))).toEqual([
    { intervalMs: 60_000 },
    { intervalMs: 60_000 },
    { intervalMs: 60_000 },
  ]);
  expect(resolveRuntimeMetrics({ intervalMs: 10_000 })).toEqual({ intervalMs: 10_000 });
  expect(resolveRuntimeMetrics(false)).toBeUndefined();
});

it.each([
  ['runtimeMetrics', null],
  ['runtimeMetrics', 'on'],
  ['runtimeMetrics', 1],
  ['runtimeMetrics', 10n],
  ['runtimeMetrics', []],
  ['runtimeMetrics', () => true],
  ['runtimeMetrics', 'x'.repeat(10_000_000)],
  ['runtimeMetrics.intervalMs', { intervalMs: 0 }],
  ['runtimeMetrics.intervalMs', { intervalMs: -1 }],
  ['runtimeMetrics.intervalMs', { intervalMs: 1.5 }],
  ['runtimeMetrics.intervalMs', { intervalMs: Number.NaN }],
  ['runtimeMetrics.intervalMs', { intervalMs: Number.POSITIVE_INFINITY }],
  ['runtimeMetrics.intervalMs', { intervalMs: 2 ** 31 }],
  ['runtimeMetrics.intervalMs', { intervalMs: '10000' }],
  ['runtimeMetrics.intervalMs', { intervalMs: 10n }],
  ['runtimeMetrics.intervalMs', { intervalMs: null }],
])('refuses %s of another kind, and says what is expected', (name, runtimeMetrics) => {
  let refusal: unknown;
  try {
    createObservability({
      serviceName: 'shop',
      store: memoryStore(),
      runtimeMetrics: runtimeMetrics as never,
    });
  } catch (error) {
    refusal = error;
  }

  expect(refusal).toMatchObject({ code: 'INVALID_OPTION' });
  const { message } = refusal as Error;
  expect(message).toContain(`${name} is `);
  expect(message).toMatch(/expected .* 60000/);
  expect(message.length).toBeLessThan(300);
});
