import type { MetricPoint } from '@pg-observability/core';
import { describe, expect, it, vi } from 'vitest';
import type { MetricsContext } from './metrics-contract-context.ts';

const HOUR_MS = 3_600_000;
const aNumber: unknown = expect.any(Number);

const sumOf = (points: readonly MetricPoint[]): number => points.reduce((sum, { value }) => sum + value, 0);

/** What is stored, and how it is read back. */
export function describeMetricPoints(context: MetricsContext): void {
  describe('points', () => {
    it('finds right away what this process has counted', async () => {
      const metrics = context.collector({ serviceName: 'shop', now: () => Date.UTC(2026, 4, 5, 6, 7, 8, 9) });
      metrics.counter('points.placed');
      metrics.counter('points.placed', 2.5, { b: 'x', a: 1 });
      metrics.counter('points.placed', 4, { a: 1, b: 'x' }, { unit: '{order}' });

      const points = await metrics.query('points.placed', { labels: { a: 1 } });

      expect(points).toEqual([
        {
          name: 'points.placed',
          metricType: 'counter',
          value: 6.5,
          timestamp: new Date('2026-05-05T06:07:08.009Z'),
          startTime: new Date('2026-05-05T06:07:08.009Z'),
          labels: { a: '1', b: 'x' },
          sampleCount: 2,
          min: null,
          max: null,
          unit: null,
          serviceName: 'shop',
        },
      ]);
    });

    it('stores the last, the smallest and the largest value of a gauge', async () => {
      const metrics = context.collector();
      [5, 1, 9, 7].forEach((value) => metrics.gauge('points.queue', value));

      const points = await metrics.query('points.queue');

      expect(points.map(({ value, min, max, sampleCount }) => ({ value, min, max, sampleCount }))).toEqual([
        { value: 7, min: 1, max: 9, sampleCount: 4 },
      ]);
    });

    it('stores a histogram with its buckets', async () => {
      const metrics = context.collector({ resourceId: '-9223372036854775808' });
      [0.5, 1, 1, 0, -2].forEach((value) => metrics.histogram('points.sizes', value, {}, { unit: 'By' }));
      await metrics.flush();

      const { rows } = await context.store().query(
        `select metric_value, min, max, sample_count::int, zero_count::int, bucket_scale::int, is_monotonic, temporality,
                unit, resource_id::text, bucket_indexes, bucket_counts::text, negative_bucket_indexes,
                negative_bucket_counts::text, recorded_at >= start_time as in_order
         from observability.metrics where metric_name = 'points.sizes'`,
      );

      expect(rows).toEqual([
        {
          metric_value: 0.5,
          min: -2,
          max: 1,
          sample_count: 5,
          zero_count: 1,
          bucket_scale: 5,
          is_monotonic: null,
          temporality: 'delta',
          unit: 'By',
          resource_id: '-9223372036854775808',
          bucket_indexes: [-33, -1],
          bucket_counts: '{1,2}',
          negative_bucket_indexes: [31],
          negative_bucket_counts: '{1}',
          in_order: true,
        },
      ]);
    });

    it('adds the points of all windows and all processes up to what was counted', async () => {
      const processes = [context.collector(), context.collector()];

      for (let window = 0; window < 3; window += 1) {
        for (let i = 0; i < 100; i += 1) {
          processes.forEach((metrics) => metrics.counter('points.windows', 1, { worker: i % 5 }));
        }
        await Promise.all(processes.flatMap((metrics) => [metrics.flush(), metrics.flush()]));
      }

      const points = await processes[0]?.query('points.windows');
      expect(sumOf(points ?? [])).toBe(600);
      expect(points).toHaveLength(30);
    });

    it('begins a window where the one before has ended', async () => {
      let now = Date.UTC(2026, 0, 1);
      const metrics = context.collector({ now: () => now });
      for (const seconds of [0, 10, 20]) {
        now = Date.UTC(2026, 0, 1, 0, 0, seconds);
        metrics.counter('points.adjacent');
        now += 5_000;
        await metrics.flush();
      }

      const points = await metrics.query('points.adjacent');

      const windows = points.map(({ startTime, timestamp }) => [
        startTime?.getUTCSeconds(),
        timestamp.getUTCSeconds(),
      ]);
      expect(windows).toEqual([
        [0, 5],
        [5, 15],
        [15, 25],
      ]);
    });

    it('puts a window that spans two months where it ends', async () => {
      let now = Date.parse('2026-02-28T23:59:55Z');
      const metrics = context.collector({ now: () => now });
      metrics.counter('points.month');
      now = Date.parse('2026-03-01T00:00:05Z');
      metrics.counter('points.month');
      await metrics.flush();

      const { rows } = await context.store().query(
        `select tableoid::regclass::text as partition, metric_value from observability.metrics
         where metric_name = 'points.month'`,
      );

      expect(rows).toEqual([{ partition: 'observability.metrics_p202603', metric_value: 2 }]);
    });

    it('writes single observations with their own times, past months and leap days included', async () => {
      const now = Date.parse('2024-12-31T23:59:59.999Z');
      const metrics = context.collector({ now: () => now });
      const times = [
        '2024-02-29T12:00:00.123Z',
        '2023-12-31T23:59:59.999Z',
        '2024-10-27T01:30:00Z',
        '2025-01-01T00:00:00Z',
      ];
      times.forEach((time, index) => {
        const timestamp = index % 2 === 0 ? new Date(time) : Date.parse(time);
        metrics.record({ name: 'points.import', value: index, metricType: 'gauge', timestamp, labels: {} });
      });

      const points = await metrics.query('points.import');

      expect(points.map(({ timestamp, startTime, value }) => ({ timestamp, startTime, value }))).toEqual(
        [1, 0, 2, 3].map((index) => ({
          timestamp: new Date(times[index] ?? ''),
          startTime: null,
          value: index,
        })),
      );
    });

    it('counts what is older than 13 months or more than a day ahead', async () => {
      const now = Date.parse('2026-06-15T00:00:00Z');
      const metrics = context.collector({ now: () => now });
      const record = (timestamp: number): void =>
        metrics.record({ name: 'points.edge', value: 1, metricType: 'counter', timestamp, labels: {} });
      [Date.parse('2025-05-15T00:00:00Z'), now + 24 * HOUR_MS].forEach(record);
      [Date.parse('2025-05-14T23:59:59Z'), now + 24 * HOUR_MS + 1].forEach(record);

      const points = await metrics.query('points.edge');

      expect(points).toHaveLength(2);
      expect(metrics.stats()).toEqual({
        recorded: 2,
        queued: 0,
        spooled: 0,
        stored: 2,
        dropped: { out_of_window: 2 },
        mended: 0,
        retried: 0,
        storedBytes: aNumber,
        lastWriteMs: aNumber,
      });
    });

    it('answers the range that is asked for, both ends included, and the newest of too many', async () => {
      const start = Date.now() - HOUR_MS;
      const metrics = context.collector();
      for (let i = 0; i < 10; i += 1) {
        const labels = { parity: i % 2 === 0 ? 'even' : 'odd' };
        metrics.record({ name: 'points.range', value: i, metricType: 'gauge', timestamp: start + i, labels });
      }

      const answers = await Promise.all([
        metrics.query('points.range', { startTime: new Date(start + 3), endTime: start + 5 }),
        metrics.query('points.range', { limit: 2 }),
        metrics.query('points.range', { endTime: start + 4, labels: { parity: 'even' } }),
        metrics.query('points.range', { startTime: start + 100 }),
        metrics.query('points.other'),
      ]);

      expect(answers.map((points) => points.map(({ value }) => value))).toEqual([
        [3, 4, 5],
        [8, 9],
        [0, 2, 4],
        [],
        [],
      ]);
    });

    it('tells services that share the database apart', async () => {
      const [shop, billing] = ['shop', 'billing'].map((serviceName) => context.collector({ serviceName }));
      shop?.histogram('points.services', 1);
      billing?.histogram('points.services', 9);
      await billing?.flush();

      const answers = await Promise.all([
        shop?.query('points.services', { serviceName: 'billing' }).then(sumOf),
        shop?.getPercentile('points.services', 0, { serviceName: 'shop' }),
        shop?.query('points.services').then(sumOf),
      ]);

      expect(answers).toEqual([9, 1, 10]);
    });

    it('writes a window by itself when it has ended', async () => {
      const metrics = context.collector({ flushIntervalMs: 20 });
      metrics.counter('points.by_itself');
      metrics.record({
        name: 'points.by_itself',
        value: 1,
        metricType: 'counter',
        timestamp: Date.now(),
        labels: {},
      });

      await vi.waitFor(() => expect(metrics.stats()).toMatchObject({ queued: 0, stored: 2 }), 10_000);

      await metrics.shutdown();
    });

    it('stores a batch larger than the queue takes at once', async () => {
      const metrics = context.collector({ maxQueuedPoints: 10 });
      for (let i = 0; i < 35; i += 1) {
        metrics.counter('points.many', 1, { i });
      }

      await metrics.flush();

      expect(metrics.stats()).toEqual({
        recorded: 35,
        queued: 0,
        spooled: 0,
        stored: 35,
        dropped: {},
        mended: 0,
        retried: 0,
        storedBytes: aNumber,
        lastWriteMs: aNumber,
      });
    });
  });
}
