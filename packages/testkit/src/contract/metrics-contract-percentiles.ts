import { describe, expect, it } from 'vitest';
import type { MetricsContext } from './metrics-contract-context.ts';
import { createRandom, DISTRIBUTIONS, exactPercentile } from './random-numbers.ts';

const FRACTIONS = [0, 0.001, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];

/** Percentiles over single observations and over buckets. */
export function describeMetricPercentiles(context: MetricsContext): void {
  describe('percentiles', () => {
    it('are exactly those of percentile_cont over single observations', async () => {
      const metrics = context.collector();
      const random = createRandom(11);
      const timestamp = Date.now() - 60_000;
      for (let i = 0; i < 501; i += 1) {
        const value = (random() - 0.3) * 10 ** (random() * 6);
        metrics.record({
          name: 'percentiles.exact',
          value,
          metricType: 'histogram',
          timestamp: timestamp + i,
          labels: {},
        });
      }

      const answers = await Promise.all(
        FRACTIONS.map((fraction) => metrics.getPercentile('percentiles.exact', fraction)),
      );

      const { rows } = await context.store().query<{ exact: number }>(
        `select percentile_cont(fraction) within group (order by metric_value) as exact
         from observability.metrics, unnest('{${FRACTIONS.join(',')}}'::float8[]) with ordinality as f(fraction, place)
         where metric_name = 'percentiles.exact' group by place, fraction order by place`,
      );
      expect(answers).toEqual(rows.map(({ exact }) => exact));
    });

    it.each(Object.entries(DISTRIBUTIONS))(
      'of histograms, over series, windows and processes, are within 1.1 %% for %s',
      async (shape, sample) => {
        const name = `percentiles.${shape}`;
        const reader = context.collector();
        const processes = [reader, context.collector()];
        const random = createRandom(12);
        const values: number[] = [];
        for (let window = 0; window < 3; window += 1) {
          for (let i = 0; i < 667; i += 1) {
            const value = sample(random);
            values.push(value);
            processes[i % 2]?.histogram(name, value, { route: `/${i % 3}` });
          }
          await Promise.all(processes.map((metrics) => metrics.flush()));
        }

        const answers = await Promise.all(FRACTIONS.map((fraction) => reader.getPercentile(name, fraction)));

        // 2,001 values: every fraction falls on one of them, so the stated error applies as it is.
        const errors = FRACTIONS.map((fraction, place) => {
          const exact = exactPercentile(values, fraction);
          return Math.abs((answers[place] ?? Number.NaN) - exact) / (Math.abs(exact) || 1);
        });
        expect(Math.max(...errors)).toBeLessThanOrEqual(0.011);
        expect([errors.at(0), errors.at(-1)]).toEqual([0, 0]);
      },
    );

    it('merge buckets of different scales', async () => {
      const metrics = context.collector();
      const random = createRandom(13);
      const values = Array.from(
        { length: 20_000 },
        () => 2 ** Math.floor(random() * 2_000 - 1_000) * (1 + random()),
      );
      values.forEach((value) => metrics.histogram('percentiles.scales', value, { width: 'wide' }));
      const narrow = Array.from({ length: 21 }, (_, index) => 1 + index / 20);
      narrow.forEach((value) => metrics.histogram('percentiles.scales', value, { width: 'narrow' }));

      const median = await metrics.getPercentile('percentiles.scales', 0.5);
      const { rows } = await context.store().query(
        `select distinct bucket_scale::int as scale from observability.metrics
         where metric_name = 'percentiles.scales' order by 1 desc`,
      );

      // 2,000 octaves in 2,048 buckets leave one bucket an octave: 2^(1/3) to either side.
      const exact = exactPercentile([...values, ...narrow], 0.5);
      expect(rows).toEqual([{ scale: 5 }, { scale: 0 }]);
      expect(Math.abs((median ?? Number.NaN) - exact) / exact).toBeLessThanOrEqual(1 / 3);
    });

    it('look at all buckets where a sample of the points has promised too much', async () => {
      let now = Date.now() - 3_600_000;
      const metrics = context.collector({ now: () => now });
      for (let window = 1; window <= 34; window += 1) {
        for (let i = 0; i < 100; i += 1) {
          // Every seventeenth point, which the sample consists of, is a thousand times as large.
          metrics.histogram('percentiles.sample', (i + 1) * (window % 17 === 0 ? 1_000 : 1));
        }
        await metrics.flush();
        now += 60_000;
      }

      const [p75, p99] = await Promise.all(
        [0.75, 0.99].map((fraction) => metrics.getPercentile('percentiles.sample', fraction)),
      );

      const values = Array.from({ length: 3_400 }, (_, i) => ((i % 100) + 1) * (i < 200 ? 1_000 : 1));
      expect(Math.abs((p75 ?? 0) / exactPercentile(values, 0.75) - 1)).toBeLessThanOrEqual(0.011);
      expect(Math.abs((p99 ?? 0) / exactPercentile(values, 0.99) - 1)).toBeLessThanOrEqual(0.011);
    });

    it('take single observations and buckets together', async () => {
      const metrics = context.collector();
      const timestamp = Date.now();
      for (let value = 1; value <= 101; value += 1) {
        if (value % 2 === 0) {
          metrics.histogram('percentiles.mixed', value);
        } else {
          metrics.record({
            name: 'percentiles.mixed',
            value,
            metricType: 'histogram',
            timestamp,
            labels: {},
          });
        }
      }

      const answers = await Promise.all(
        [0, 0.25, 0.5, 0.9, 1].map((each) => metrics.getPercentile('percentiles.mixed', each)),
      );

      const errors = [1, 26, 51, 91, 101].map(
        (exact, place) => Math.abs((answers[place] ?? 0) - exact) / exact,
      );
      expect(Math.max(...errors)).toBeLessThanOrEqual(0.011);
    });

    it('look at the hours and the labels that are asked for', async () => {
      const metrics = context.collector();
      const now = Date.now();
      const record = (value: number, hoursAgo: number, zone: string): void =>
        metrics.record({
          name: 'percentiles.range',
          value,
          metricType: 'gauge',
          timestamp: now - hoursAgo * 3_600_000,
          labels: { zone },
        });
      record(1, 0.1, 'a');
      record(3, 0.2, 'b');
      record(1_000, 30, 'a');

      const answers = await Promise.all([
        metrics.getPercentile('percentiles.range'),
        metrics.getPercentile('percentiles.range', 1, { hours: 48 }),
        metrics.getPercentile('percentiles.range', 1, { hours: 48, labels: { zone: 'b' } }),
        metrics.getPercentile('percentiles.range', 0.5, { hours: 0.01 }),
        metrics.getPercentile('percentiles.range', 0.5, { labels: { zone: 'c' } }),
      ]);

      expect(answers).toEqual([2, 1_000, 3, null, null]);
    });
  });
}
