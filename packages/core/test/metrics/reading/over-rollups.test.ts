import { MetricsCollector } from '@pg-observability/core';
import type { MetricSeries, PercentileGroup, SeriesAggregate, SqlStore } from '@pg-observability/core';
import { createQuietLogger, createRandom, DISTRIBUTIONS, exactPercentile } from '@pg-observability/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteIncomplete } from '../../../src/metrics/rollups/roll-up.ts';
import { PERIOD_MS } from '../../../src/metrics/rollups/rollup-period.ts';
import { openDatabase } from '../../housekeeping/housekeeping-database.ts';
import type { HousekeepingDatabase } from '../../housekeeping/housekeeping-database.ts';
import { sumUp } from '../rollups/sum-up.ts';

const { minute: MINUTE, hour: HOUR, day: DAY } = PERIOD_MS;
const NOW = Math.floor(Date.now() / MINUTE) * MINUTE;
const FRACTIONS = [0, 0.5, 0.95, 0.99, 1];
const AGGREGATES: SeriesAggregate[] = ['rate', 'sum', 'count', 'avg', 'min', 'max', 'p50', 'p99'];

describe.each(['embedded', 15, 18] as const)('reading metrics on %s', (kind) => {
  let database: HousekeepingDatabase;
  let store: SqlStore;
  const sentValues = new Map<string, number[]>();
  beforeAll(async () => {
    database = await openDatabase(kind);
    store = database.store;
    await recordThreeDays();
  }, 120_000);
  afterAll(() => database.close());

  function collectorAt(now: () => number): MetricsCollector {
    return new MetricsCollector(store, {
      flushIntervalMs: 3_600_000,
      logger: createQuietLogger(),
      serviceName: 'shop',
      now,
    });
  }

  /** Latencies of three routes, a counter and a gauge: a window every 7 minutes for three days. */
  async function recordThreeDays(): Promise<void> {
    const random = createRandom(41);
    const sample = DISTRIBUTIONS['log-normal latencies'] as (random: () => number) => number;
    let now = NOW;
    const metrics = collectorAt(() => now);
    for (now = NOW - 3 * DAY; now < NOW; now += 7 * MINUTE) {
      for (const route of ['/a', '/b', '/c']) {
        for (let i = 0; i < 5; i += 1) {
          const value = sample(random);
          sentValues.set(route, [...(sentValues.get(route) ?? []), value]);
          metrics.histogram('latency', value, { route });
        }
      }
      metrics.counter('orders', 1 + Math.floor(random() * 5), { route: '/a' });
      metrics.gauge('queue', Math.floor(random() * 100) - 20, { queue: random() < 0.5 ? 'mail' : 'jobs' });
      await metrics.flush();
    }
    await metrics.shutdown();
  }

  async function readAll(): Promise<{ groups: PercentileGroup[]; series: Record<string, MetricSeries[]> }> {
    const metrics = collectorAt(() => NOW);
    const series: Record<string, MetricSeries[]> = {};
    for (const name of ['latency', 'orders', 'queue']) {
      for (const aggregate of AGGREGATES) {
        for (const step of ['10m', '3h', '1d']) {
          series[`${name} ${aggregate} ${step}`] = await metrics.series(name, {
            aggregate,
            step,
            groupBy: ['route'],
            startTime: NOW - 3 * DAY,
          });
        }
      }
    }
    const groups = await metrics.percentiles('latency', FRACTIONS, { hours: 73, groupBy: ['route'] });
    return { groups, series };
  }

  function expectClose(actual: MetricSeries[], expected: MetricSeries[], what: string): void {
    const bound = /p\d+/.test(what) ? 0.023 : 1e-9;
    expect(
      actual.map(({ labels, points }) => [labels, points.length]),
      what,
    ).toEqual(expected.map(({ labels, points }) => [labels, points.length]));
    const pairs = actual.flatMap(({ points }, place) =>
      points.map(({ value }, step) => [value, expected[place]?.points[step]?.value ?? null] as const),
    );
    const far = pairs.filter(
      ([left, right]) =>
        (left === null) !== (right === null) ||
        Math.abs((left ?? 0) - (right ?? 0)) > bound * Math.abs(right ?? 0) + 1e-12,
    );
    expect(far, what).toEqual([]);
  }

  it('answers the same from points and from sums, and from sums alone once the points are gone', async () => {
    const fromPoints = await readAll();
    await sumUp(store);
    const fromSums = await readAll();

    for (const [what, series] of Object.entries(fromPoints.series)) {
      expectClose(fromSums.series[what] ?? [], series, what);
    }
    // Joining buckets loses nothing.
    expect(fromSums.groups).toEqual(fromPoints.groups);

    await noteIncomplete(store, 'metrics', NOW - HOUR);
    await store.query(
      `delete from observability.metrics where recorded_at < to_timestamp($1::float8 / 1000)`,
      [NOW - HOUR],
    );
    const withoutPoints = await readAll();

    for (const [what, series] of Object.entries(fromSums.series)) {
      expectClose(withoutPoints.series[what] ?? [], series, what);
    }
    expect(withoutPoints.groups).toEqual(fromSums.groups);
    for (const { labels, values, relativeError } of withoutPoints.groups) {
      const exact = FRACTIONS.map((fraction) =>
        exactPercentile(sentValues.get(labels['route'] as string) as number[], fraction),
      );
      const errors = values.map((value, place) => Math.abs(value / (exact[place] as number) - 1));
      expect(Math.max(...errors)).toBeLessThanOrEqual(relativeError);
      expect(relativeError).toBeLessThanOrEqual(0.011);
    }
  }, 120_000);

  it('finds at once what has come since sums were made, however late', async () => {
    const metrics = collectorAt(() => NOW);
    const record = (hoursAgo: number): void =>
      metrics.record({
        name: 'late',
        value: 1,
        metricType: 'counter',
        timestamp: NOW - hoursAgo * HOUR,
        labels: {},
      });
    record(0.5);
    await metrics.flush();
    await sumUp(store);
    record(0.5);
    record(0.25);

    const [series] = await metrics.series('late', { aggregate: 'sum', step: '1h' });

    expect(series?.points.reduce((sum, { value }) => sum + (value ?? 0), 0)).toBe(3);
    await metrics.shutdown();
  });

  it('keeps single observations exact after they are summed up, unless that is not asked for', async () => {
    const metrics = collectorAt(() => NOW);
    for (const [index, value] of [3, 7, 1_000, 20].entries()) {
      metrics.record({
        name: 'single',
        value,
        metricType: 'histogram',
        timestamp: NOW - (5 + index) * MINUTE,
        labels: {},
      });
    }
    await metrics.flush();
    await sumUp(store);

    const [exact] = await metrics.percentiles('single', [0.5]);
    const [quick] = await metrics.percentiles('single', [0.5], { exact: false });

    expect(exact).toEqual({ labels: {}, values: [13.5], exact: true, sampleCount: 4, relativeError: 0 });
    expect(quick).toMatchObject({ exact: false, sampleCount: 4 });
    expect(Math.abs((quick?.values[0] ?? 0) / 13.5 - 1)).toBeLessThanOrEqual(0.011);
    expect(await metrics.getPercentile('single', 0.5)).toBe(13.5);
    await metrics.shutdown();
  });

  it('makes steps longer where only sums by minute are left', async () => {
    const metrics = collectorAt(() => NOW);

    const [series] = await metrics.series('orders', {
      aggregate: 'rate',
      step: '10s',
      startTime: NOW - 10 * HOUR,
      endTime: NOW - 9 * HOUR,
    });

    const total = series?.points.reduce((sum, { value }) => sum + (value ?? 0) * 60, 0);
    const { rows } = await store.query(
      `select sum(value_sum) as total from observability.metric_minutes
       where metric_name = 'orders' and bucket_start >= to_timestamp($1::float8 / 1000)
         and bucket_start < to_timestamp($2::float8 / 1000)`,
      [NOW - 10 * HOUR, NOW - 9 * HOUR],
    );
    expect(series?.stepMs).toBe(MINUTE);
    expect(total).toBeCloseTo((rows[0] as { total: number }).total, 6);
    await metrics.shutdown();
  });
});
