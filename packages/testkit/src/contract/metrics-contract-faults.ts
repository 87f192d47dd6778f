import { MetricsCollector } from '@pg-observability/core';
import type { MetricPoint } from '@pg-observability/core';
import { describe, expect, it, vi } from 'vitest';
import type { MetricsContext } from './metrics-contract-context.ts';
import { createQuietLogger } from './quiet-logger.ts';
import { createUnreliableStore } from './unreliable-store.ts';

const sumOf = (points: readonly MetricPoint[]): number => points.reduce((sum, { value }) => sum + value, 0);

/** Nothing lost, nothing twice, nothing unbounded. */
export function describeMetricFaults(context: MetricsContext): void {
  describe('faults', () => {
    it('store a batch once whose commit was never answered', async () => {
      const store = createUnreliableStore(context.store());
      const metrics = new MetricsCollector(store, { logger: createQuietLogger() });
      metrics.counter('faults.commit', 3);
      metrics.histogram('faults.commit', 4);
      store.answersToLose = 2;

      await metrics.flush(10_000);

      const points = await metrics.query('faults.commit');
      expect(sumOf(points)).toBe(7);
      expect(metrics.stats()).toMatchObject({ recorded: 2, queued: 0, stored: 2, dropped: {} });
    });

    it('keep everything while the database is away and store it once it comes', async () => {
      const store = createUnreliableStore(context.store());
      const logger = createQuietLogger();
      const metrics = new MetricsCollector(store, { logger, flushIntervalMs: 5 });
      store.isAway = true;
      for (let i = 0; i < 20; i += 1) {
        metrics.counter('faults.away');
        metrics.record({
          name: 'faults.away',
          value: 1,
          metricType: 'counter',
          timestamp: Date.now(),
          labels: {},
        });
        await metrics.flush(10).catch(() => undefined);
      }
      const whileAway = await metrics.flush(20).catch((error: unknown) => error);
      store.isAway = false;

      await metrics.flush(10_000);

      const points = await metrics.query('faults.away');
      expect(whileAway).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(sumOf(points)).toBe(40);
      expect(logger.lines.map((line) => line.slice(0, 4))).toEqual(['warn', 'info']);
      expect(logger.lines.join()).not.toContain('hunter2');
    });

    it('drop with a count what memory has no room for, and never what can be added up', async () => {
      const store = createUnreliableStore(context.store());
      const metrics = new MetricsCollector(store, { logger: createQuietLogger(), maxQueuedPoints: 100 });
      store.isAway = true;
      for (let i = 0; i < 1_000; i += 1) {
        metrics.counter('faults.full', 1, { kind: 'added' });
        metrics.record({
          name: 'faults.full',
          value: 1,
          metricType: 'counter',
          timestamp: Date.now(),
          labels: {},
        });
      }
      const whileAway = metrics.stats();
      store.isAway = false;

      await metrics.flush(10_000);

      const added = await metrics.query('faults.full', { labels: { kind: 'added' } });
      const all = await metrics.query('faults.full');
      expect(whileAway).toMatchObject({ recorded: 1_100, queued: 101, dropped: { queue_full: 900 } });
      expect([sumOf(added), sumOf(all)]).toEqual([1_000, 1_100]);
    });

    it('reject a query in time, and a wrong name before that', async () => {
      const store = createUnreliableStore(context.store());
      store.isAway = true;
      const metrics = new MetricsCollector(store, { logger: createQuietLogger(), timeoutMs: 50 });
      metrics.counter('faults.query');

      const answers = await Promise.all(
        [metrics.query('faults.query'), metrics.getPercentile('faults.query')].map((answer) =>
          answer.catch((error: unknown) => error),
        ),
      );

      expect(answers).toMatchObject([{ code: 'STORE_UNAVAILABLE' }, { code: 'STORE_UNAVAILABLE' }]);
      await metrics.shutdown(1);
    });

    it('leave a shutdown that stores what it can and counts what it cannot', async () => {
      const store = createUnreliableStore(context.store());
      const stored = new MetricsCollector(store, { logger: createQuietLogger() });
      stored.counter('faults.shutdown');
      await Promise.all([stored.shutdown(), stored.shutdown()]);
      stored.counter('faults.shutdown');
      const lost = new MetricsCollector(store, { logger: createQuietLogger() });
      store.isAway = true;
      lost.counter('faults.shutdown', 1, { a: 1 });
      lost.counter('faults.shutdown', 1, { a: 2 });
      await lost.shutdown(20);
      // The attempt that was under way when the time ran out is given up a moment later.
      await vi.waitFor(() => expect(lost.stats().queued).toBe(0));
      store.isAway = false;

      const points = await stored.query('faults.shutdown');

      expect(sumOf(points)).toBe(1);
      expect(stored.stats()).toEqual({
        recorded: 1,
        queued: 0,
        spooled: 0,
        stored: 1,
        dropped: { shutdown: 1 },
        mended: 0,
        retried: 0,
        storedBytes: expect.any(Number),
        lastWriteMs: expect.any(Number),
      });
      expect(lost.stats()).toMatchObject({ recorded: 2, queued: 0, stored: 0 });
      expect(Object.values(lost.stats().dropped).reduce((sum, count) => sum + count, 0)).toBe(2);
    });
  });
}
