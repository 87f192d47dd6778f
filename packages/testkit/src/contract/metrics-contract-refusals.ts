import { ObservabilityError } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import type { MetricsContext } from './metrics-contract-context.ts';
import { untyped } from './untyped-metrics.ts';

const HUGE = 'x'.repeat(10_000_000);
const circular: Record<string, unknown> = { name: 'me' };
circular['self'] = circular;
const INVALID_DATE = new Date(Number.NaN);

// By number, not by value: a title must not hold ten megabytes.
const REFUSED_CALLS = [
  ...[undefined, null, '', 5, {}, HUGE, Symbol('s')].map(
    (name) => ({ call: 'query', values: [name] }) as const,
  ),
  ...[null, 'x', 5, []].map((query) => ({ call: 'query', values: ['n', query] }) as const),
  ...['yesterday', INVALID_DATE, Number.NaN, Number.POSITIVE_INFINITY, 9.3e15, null].flatMap(
    (time) =>
      [
        { call: 'query', values: ['n', { startTime: time }] },
        { call: 'query', values: ['n', { endTime: time }] },
      ] as const,
  ),
  ...[
    { startTime: 2, endTime: 1 },
    { labels: 'x' },
    { labels: { a: circular } },
    { labels: { a: null } },
    { serviceName: '' },
  ].map((query) => ({ call: 'query', values: ['n', query] }) as const),
  ...[0, -1, 1.5, Number.NaN, '10', 10n, 1e9].map(
    (limit) => ({ call: 'query', values: ['n', { limit }] }) as const,
  ),
  ...[undefined, null, ''].map((name) => ({ call: 'getPercentile', values: [name] }) as const),
  ...[null, '0.5', Number.NaN, -0.1, 1.1, 95, Number.POSITIVE_INFINITY, 1n].map(
    (percentile) => ({ call: 'getPercentile', values: ['n', percentile] }) as const,
  ),
  ...[null, 24, { serviceName: 5 }].map(
    (query) => ({ call: 'getPercentile', values: ['n', 0.5, query] }) as const,
  ),
  ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY, '24', null].map(
    (hours) => ({ call: 'getPercentile', values: ['n', 0.5, { hours }] }) as const,
  ),
  ...[undefined, null, '', 5, HUGE].flatMap(
    (name) =>
      [
        { call: 'percentiles', values: [name, [0.5]] },
        { call: 'series', values: [name, { aggregate: 'avg' }] },
      ] as const,
  ),
  ...[
    undefined,
    null,
    0.5,
    'p95',
    {},
    [],
    [2],
    ['0.5'],
    [Number.NaN],
    Array.from({ length: 101 }, () => 0.5),
  ].map((percentiles) => ({ call: 'percentiles', values: ['n', percentiles] }) as const),
  ...[
    null,
    24,
    { hours: -1 },
    { labels: { a: circular } },
    { serviceName: '' },
    { exact: 'yes' },
    { groupBy: 'route' },
    { groupBy: [''] },
    { groupBy: [5] },
    { groupBy: [HUGE] },
    { groupBy: Array.from({ length: 17 }, (_, index) => `l${index}`) },
    { limit: 0 },
    { limit: 10_001 },
  ].map((query) => ({ call: 'percentiles', values: ['n', [0.5], query] }) as const),
  ...[
    undefined,
    null,
    'avg',
    {},
    { aggregate: 'mean' },
    { aggregate: 'p' },
    { aggregate: 'p101' },
    { aggregate: '__proto__' },
    { aggregate: HUGE },
    { aggregate: 'avg', step: 0 },
    { aggregate: 'avg', step: 'soon' },
    { aggregate: 'avg', step: HUGE },
    { aggregate: 'avg', step: 10n },
    { aggregate: 'avg', step: '1s', startTime: 0 },
    { aggregate: 'avg', step: '1s', startTime: Date.now() - 8e6, limit: 1_000 },
    { aggregate: 'avg', startTime: 'yesterday' },
    { aggregate: 'avg', endTime: INVALID_DATE },
    { aggregate: 'avg', startTime: 2, endTime: 1 },
    { aggregate: 'avg', groupBy: 'route' },
    { aggregate: 'avg', labels: 5 },
    { aggregate: 'avg', serviceName: {} },
    { aggregate: 'avg', limit: 1.5 },
  ].map((query) => ({ call: 'series', values: ['n', query] }) as const),
  ...[null, 0, -1, Number.NaN, '5', Number.POSITIVE_INFINITY].map(
    (timeoutMs) => ({ call: 'flush', values: [timeoutMs] }) as const,
  ),
  { call: 'shutdown', values: [Number.NaN] } as const,
].map((refused, index) => ({ ...refused, case: index }));

/** Awaited calls refuse what they cannot use, and say so. */
export function describeMetricRefusals(context: MetricsContext): void {
  describe('arguments that make no sense', () => {
    it.each(REFUSED_CALLS)('are refused by $call, case $case', async ({ call, values }) => {
      const metrics = context.collector();

      const answer = await untyped(metrics)
        [call](...values)
        .catch((error: unknown) => error);

      expect(answer).toBeInstanceOf(ObservabilityError);
      expect((answer as ObservabilityError).code).toBe('INVALID_ARGUMENT');
      expect((answer as ObservabilityError).message.length).toBeLessThan(500);
    });

    it.each([
      { startTime: new Date('0000-01-01T00:00:00Z'), endTime: new Date(8.64e15) },
      { startTime: new Date(8.64e15) },
      { endTime: -8.64e15 },
    ])('are not times as far away as a Date goes: %o', async (query) => {
      const metrics = context.collector();
      metrics.counter('hostile.far', 1);
      await metrics.flush();

      await expect(metrics.query('hostile.far', query)).resolves.toBeInstanceOf(Array);
    });
  });
}
