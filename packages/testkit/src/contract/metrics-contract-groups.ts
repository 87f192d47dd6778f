import { describe, expect, it } from 'vitest';
import type { MetricsContext } from './metrics-contract-context.ts';
import { createRandom, DISTRIBUTIONS, exactPercentile } from './random-numbers.ts';

const FRACTIONS = [0, 0.5, 0.95, 0.99, 1];
const HOUR_MS = 3_600_000;

/** Percentiles of several groups at once. */
export function describeMetricGroups(context: MetricsContext): void {
  describe('percentiles by group', () => {
    it('are those of the observations of each group, the largest first, with how far they can be off', async () => {
      const metrics = context.collector();
      const random = createRandom(31);
      const sample = DISTRIBUTIONS['log-normal latencies'] as (random: () => number) => number;
      const values: Record<string, number[]> = { '/a': [], '/b': [], '/c': [] };
      for (const [index, of] of Object.values(values).entries()) {
        for (let i = 0; i < 1_001 - 200 * index; i += 1) {
          of.push(sample(random) * (index + 1));
          metrics.histogram('groups.latency', of.at(-1) as number, {
            route: Object.keys(values)[index] as string,
            status: i % 3,
          });
        }
      }

      const groups = await metrics.percentiles('groups.latency', FRACTIONS, { groupBy: ['route'] });

      expect(groups.map(({ labels, sampleCount, exact }) => ({ labels, sampleCount, exact }))).toEqual([
        { labels: { route: '/a' }, sampleCount: 1_001, exact: false },
        { labels: { route: '/b' }, sampleCount: 801, exact: false },
        { labels: { route: '/c' }, sampleCount: 601, exact: false },
      ]);
      for (const { labels, values: answers, relativeError } of groups) {
        const exact = FRACTIONS.map((fraction) =>
          exactPercentile(values[labels['route'] as string] as number[], fraction),
        );
        const errors = answers.map((answer, place) => Math.abs(answer / (exact[place] as number) - 1));
        expect(relativeError).toBeCloseTo(0.0108, 4);
        expect(Math.max(...errors)).toBeLessThanOrEqual(relativeError);
      }
    });

    it('are exact where single observations were recorded, by more than one label, also where one is not there', async () => {
      const metrics = context.collector({ serviceName: 'mail' });
      const timestamp = Date.now() - 1_000;
      const record = (value: number, labels: Record<string, string>): void =>
        metrics.record({ name: 'groups.exact', value, metricType: 'gauge', timestamp, labels });
      [1, 2, 4].forEach((value) => record(value, { zone: 'a', kind: 'x' }));
      [10, 20].forEach((value) => record(value, { zone: 'a' }));

      const groups = await metrics.percentiles('groups.exact', [0.5, 0.25], {
        groupBy: ['service.name', 'kind', 'zone', 'kind'],
      });

      expect(groups).toEqual([
        {
          labels: { 'service.name': 'mail', kind: 'x', zone: 'a' },
          values: [2, 1.5],
          exact: true,
          sampleCount: 3,
          relativeError: 0,
        },
        {
          labels: { 'service.name': 'mail', zone: 'a' },
          values: [15, 12.5],
          exact: true,
          sampleCount: 2,
          relativeError: 0,
        },
      ]);
    });

    it('are those of the hours, the labels and the service asked for, and none where there is nothing', async () => {
      const metrics = context.collector({ serviceName: 'shop' });
      const now = Date.now();
      for (const hoursAgo of [0.5, 5, 30]) {
        metrics.record({
          name: 'groups.range',
          value: hoursAgo,
          metricType: 'histogram',
          timestamp: now - hoursAgo * HOUR_MS,
          labels: { age: String(hoursAgo) },
        });
      }

      const ask = async (query: object): Promise<number[]> => {
        const groups = await metrics.percentiles('groups.range', [1], query);
        return groups.flatMap(({ values }) => values);
      };

      expect(await ask({})).toEqual([5]);
      expect(await ask({ hours: 1 })).toEqual([0.5]);
      expect(await ask({ hours: 48, limit: 2, groupBy: ['age'] })).toHaveLength(2);
      expect(await ask({ hours: 48, labels: { age: 30 } })).toEqual([30]);
      expect(await ask({ serviceName: 'shop' })).toEqual([5]);
      expect(await ask({ serviceName: 'other' })).toEqual([]);
      expect(await metrics.percentiles('groups.unknown', [0.5])).toEqual([]);
    });

    it('take names of labels as they are, whatever they look like', async () => {
      const metrics = context.collector();
      const names = [`it's "quoted"`, '$1; drop table x', '__proto__x', 'ключ', 'a.b'];
      metrics.histogram('groups.names', 3, Object.fromEntries(names.map((name) => [name, `v ${name}`])));

      const groups = await metrics.percentiles('groups.names', [0.5], { groupBy: names });

      expect(groups.map(({ labels }) => labels)).toEqual([
        Object.fromEntries(names.map((name) => [name, `v ${name}`])),
      ]);
    });
  });
}
