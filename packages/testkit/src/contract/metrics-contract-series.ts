import type { Metric, MetricsCollector, SeriesAggregate } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import type { MetricsContext } from './metrics-contract-context.ts';

const MINUTE_MS = 60_000;
// The start of a minute a while ago, so that all steps are over.
const START = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 30 * MINUTE_MS;

/** Metrics over time. */
export function describeMetricSeries(context: MetricsContext): void {
  describe('series', () => {
    /** Records one observation a given number of seconds after the start. */
    function recorder(metrics: MetricsCollector, name: string, metricType: Metric['metricType']) {
      return (atSecond: number, value: number, labels: Metric['labels'] = {}) =>
        metrics.record({ name, metricType, value, labels, timestamp: START + atSecond * 1_000 });
    }

    async function valuesOf(
      metrics: MetricsCollector,
      name: string,
      aggregate: SeriesAggregate,
      query: object = {},
    ): Promise<(number | null)[][]> {
      const series = await metrics.series(name, {
        aggregate,
        step: '1m',
        startTime: START,
        endTime: START + 4 * MINUTE_MS,
        ...query,
      });
      return series.map(({ points }) => points.map(({ value }) => value));
    }

    it('has a value for each step, and null where nothing was recorded', async () => {
      const metrics = context.collector();
      const record = recorder(metrics, 'series.latency', 'histogram');
      [1, 2, 6].forEach((value, index) => record(10 + index, value));
      record(150, 5);
      record(240, 1_000);
      const ask = (aggregate: SeriesAggregate) => valuesOf(metrics, 'series.latency', aggregate);

      expect(await ask('count')).toEqual([[3, null, 1, null]]);
      expect(await ask('sum')).toEqual([[9, null, 5, null]]);
      expect(await ask('avg')).toEqual([[3, null, 5, null]]);
      expect(await ask('min')).toEqual([[1, null, 5, null]]);
      expect(await ask('max')).toEqual([[6, null, 5, null]]);
      expect(await ask('rate')).toEqual([[3 / 60, null, 1 / 60, null]]);
      expect(await ask('p50')).toEqual([[2, null, 5, null]]);
      expect(await ask('p100')).toEqual([[6, null, 5, null]]);
    });

    it('tells when each step begins, from the first that the range touches', async () => {
      const metrics = context.collector();
      recorder(metrics, 'series.times', 'gauge')(90, 1);

      const [series] = await metrics.series('series.times', {
        aggregate: 'avg',
        step: MINUTE_MS,
        startTime: new Date(START + 70_000),
        endTime: new Date(START + 130_000),
      });

      expect(series).toEqual({
        labels: {},
        stepMs: MINUTE_MS,
        points: [
          { time: new Date(START + MINUTE_MS), value: 1 },
          { time: new Date(START + 2 * MINUTE_MS), value: null },
        ],
      });
    });

    it('of a counter is what it grew by, over processes and restarts', async () => {
      const processes = [START + 30_000, START + 50_000, START + 90_000].map((now) =>
        context.collector({ now: () => now }),
      );
      for (const [index, metrics] of processes.entries()) {
        metrics.counter('series.orders', 10 * (index + 1));
        await metrics.shutdown();
      }
      const metrics = context.collector();

      expect(await valuesOf(metrics, 'series.orders', 'sum')).toEqual([[30, 30, null, null]]);
      expect(await valuesOf(metrics, 'series.orders', 'rate')).toEqual([[0.5, 0.5, null, null]]);
      expect(await valuesOf(metrics, 'series.orders', 'min')).toEqual([[null, null, null, null]]);
    });

    it('of a gauge adds up its series, not its points', async () => {
      const metrics = context.collector();
      const record = recorder(metrics, 'series.queue', 'gauge');
      [4, 6].forEach((value, index) => record(index * 20, value, { queue: 'mail' }));
      record(30, 100, { queue: 'jobs' });

      expect(await valuesOf(metrics, 'series.queue', 'sum')).toEqual([[105, null, null, null]]);
      expect(await valuesOf(metrics, 'series.queue', 'avg')).toEqual([[110 / 3, null, null, null]]);
      expect(await valuesOf(metrics, 'series.queue', 'rate')).toEqual([[null, null, null, null]]);
    });

    it('comes by group, those with most observations first', async () => {
      const metrics = context.collector();
      const record = recorder(metrics, 'series.groups', 'histogram');
      record(10, 1, { route: '/a', status: '200' });
      [1, 2].forEach((value) => record(70, value, { route: '/b', status: '200' }));
      record(80, 9, { route: '/b', status: '500' });

      const series = await metrics.series('series.groups', {
        aggregate: 'count',
        step: '1m',
        startTime: START,
        endTime: START + 2 * MINUTE_MS,
        groupBy: ['route'],
      });

      expect(series.map(({ labels, points }) => [labels, points.map(({ value }) => value)])).toEqual([
        [{ route: '/b' }, [null, 3]],
        [{ route: '/a' }, [1, null]],
      ]);
      expect(await valuesOf(metrics, 'series.groups', 'count', { groupBy: ['route'], limit: 1 })).toEqual([
        [null, 3, null, null],
      ]);
      expect(await valuesOf(metrics, 'series.groups', 'max', { labels: { status: 500 } })).toEqual([
        [null, 9, null, null],
      ]);
    });

    it('ends now, an hour long, in steps of 15 s, with the rate of the step that is not over', async () => {
      const now = START + 10_000;
      const metrics = context.collector({ now: () => now, flushIntervalMs: 2_000 });
      metrics.counter('series.now', 50);

      const [series] = await metrics.series('series.now', { aggregate: 'rate' });

      expect(series?.stepMs).toBe(15_000);
      expect(series?.points).toHaveLength(241);
      expect(series?.points.at(-1)).toEqual({ time: new Date(START), value: expect.closeTo(5, 2) });
    });

    it('is none where there is nothing', async () => {
      expect(await valuesOf(context.collector(), 'series.nothing', 'avg')).toEqual([]);
    });
  });
}
