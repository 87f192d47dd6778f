import { MetricsCollector } from '@pg-observability/core';
import type { PercentileGroup } from '@pg-observability/core';
import { createQuietLogger, exactPercentile } from '@pg-observability/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPercentiles } from '../../../src/metrics/reading/read-percentiles.ts';
import { PERIOD_MS } from '../../../src/metrics/rollups/rollup-period.ts';
import { openDatabase } from '../../housekeeping/housekeeping-database.ts';
import type { HousekeepingDatabase } from '../../housekeeping/housekeeping-database.ts';
import { sumUp } from '../rollups/sum-up.ts';

const { minute: MINUTE, hour: HOUR } = PERIOD_MS;
const NOW = Math.floor(Date.now() / HOUR) * HOUR - 24 * HOUR + 40 * MINUTE;
// Enough rows by hour for a sample of them.
const ROUTES = 20;
const FRACTIONS = [0.9, 0.95, 0.99];

// Whole hours are most of the range, and tell from where on buckets matter. Here they tell the wrong thing.
describe.each(['embedded', 18] as const)('high percentiles of a range that changes on %s', (kind) => {
  let database: HousekeepingDatabase;
  beforeAll(async () => {
    database = await openDatabase(kind);
  }, 120_000);
  afterAll(() => database.close());

  function collectorAt(now: () => number): MetricsCollector {
    return new MetricsCollector(database.store, {
      flushIntervalMs: 3_600_000,
      logger: createQuietLogger(),
      now,
    });
  }

  /** With an end of its own, which `percentiles` does not have: so the hours are the same at any time of day. */
  function read(name: string, fractions: readonly number[]): Promise<PercentileGroup[]> {
    const everything = { labels: '{}', serviceName: null, groupBy: [], limit: 1, prefersExact: true };
    return readPercentiles(database.store, { name, from: NOW - 7 * HOUR, to: NOW, fractions, ...everything });
  }

  it.each([
    { name: 'slow_then_fast', usual: 10, newest: 0.001 },
    { name: 'fast_then_slow', usual: 0.001, newest: 10 },
    { name: 'below_zero', usual: -10, newest: -0.001 },
  ])('answers within the stated error: $name', async ({ name, usual, newest }) => {
    let now = NOW - 6 * HOUR;
    const metrics = collectorAt(() => now);
    const sent: number[] = [];
    const record = async (value: number, count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        sent.push(value * (1 + i / count));
        metrics.histogram(name, value * (1 + i / count), { route: `/${i % ROUTES}` });
      }
      await metrics.flush();
    };
    for (; now < NOW - 40 * MINUTE; now += 5 * MINUTE) {
      await record(usual, ROUTES);
    }
    for (; now < NOW; now += 2 * MINUTE) {
      await record(newest, 100 * ROUTES);
    }
    await sumUp(database.store);

    const [found] = await read(name, FRACTIONS);

    expect(found?.sampleCount).toBe(sent.length);
    for (const [place, fraction] of FRACTIONS.entries()) {
      const exact = exactPercentile(sent, fraction);
      expect(Math.abs((found?.values[place] ?? 0) / exact - 1)).toBeLessThanOrEqual(0.011);
    }
    await metrics.shutdown();
  });

  it('takes the smallest and the largest numbers there are', async () => {
    let now = NOW - 6 * HOUR;
    const metrics = collectorAt(() => now);
    for (; now < NOW; now += 30 * MINUTE) {
      for (let route = 0; route < ROUTES; route += 1) {
        metrics.histogram('tiniest', Number.MIN_VALUE, { route: `/${route}` });
      }
      await metrics.flush();
    }
    metrics.histogram('tiniest', Number.MAX_VALUE, { route: '/0' });
    await metrics.flush();
    await sumUp(database.store);

    const [found] = await read('tiniest', [0.95, 1]);

    expect(found?.values).toEqual([Number.MIN_VALUE, Number.MAX_VALUE]);
    await metrics.shutdown();
  });
});
