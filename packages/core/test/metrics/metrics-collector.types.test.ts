import { describe, expectTypeOf, it } from 'vitest';
import type { Metric, MetricPoint, MetricsCollector, SqlStore } from '@pg-observability/core';

// Only compiled, never called: what must not compile is marked, and the compiler fails where it does.
export function wrongCalls(
  metrics: MetricsCollector,
  store: SqlStore,
  Collector: typeof MetricsCollector,
): void {
  // @ts-expect-error a store is needed
  new Collector();
  // @ts-expect-error a pool is not a store
  new Collector({ connect: () => undefined });
  // @ts-expect-error no such option
  new Collector(store, { flushInterval: 5 });
  // @ts-expect-error a name is text
  metrics.counter(5);
  // @ts-expect-error a value is a number
  metrics.counter('orders', '1');
  // @ts-expect-error a bigint is no number
  metrics.gauge('orders', 1n);
  // @ts-expect-error a gauge needs a value
  metrics.gauge('orders');
  // @ts-expect-error a label is text, a number or a boolean
  metrics.histogram('orders', 1, { user: { id: 5 } });
  // @ts-expect-error a label that is not there is left out
  metrics.histogram('orders', 1, { user: undefined });
  // @ts-expect-error no such setting
  metrics.histogram('orders', 1, {}, { units: 's' });
  // @ts-expect-error no such type
  metrics.record({ name: 'orders', value: 1, metricType: 'summary', timestamp: new Date(), labels: {} });
  // @ts-expect-error a time is a Date or a number
  metrics.record({ name: 'orders', value: 1, metricType: 'gauge', timestamp: '2026-01-01', labels: {} });
  // @ts-expect-error labels are needed
  metrics.record({ name: 'orders', value: 1, metricType: 'gauge', timestamp: 0 });
  // @ts-expect-error a time is a Date or a number
  void metrics.query('orders', { startTime: 'yesterday' });
  // @ts-expect-error no such filter
  void metrics.query('orders', { since: new Date() });
  // @ts-expect-error a percentile is a number
  void metrics.getPercentile('orders', 'p95');
  // @ts-expect-error hours are in an object
  void metrics.getPercentile('orders', 0.95, 24);
}

describe('MetricsCollector', () => {
  it('has the types of its answers', () => {
    expectTypeOf<ReturnType<MetricsCollector['counter']>>().toEqualTypeOf<void>();
    expectTypeOf<ReturnType<MetricsCollector['query']>>().toEqualTypeOf<Promise<MetricPoint[]>>();
    expectTypeOf<ReturnType<MetricsCollector['getPercentile']>>().toEqualTypeOf<Promise<number | null>>();
    expectTypeOf<Metric['metricType']>().toEqualTypeOf<'counter' | 'gauge' | 'histogram'>();
  });
});
