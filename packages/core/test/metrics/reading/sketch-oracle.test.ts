import { DDSketch } from '@datadog/sketches-js';
import { MetricsCollector } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import {
  createQuietLogger,
  createRandom,
  DISTRIBUTIONS,
  exactPercentile,
  testDatabase,
} from '@pg-observability/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

const FRACTIONS = [0.5, 0.95, 0.99, 0.999];
const VALUES = 100_001;
const PROCESSES = 4;
const ACCURACY = 0.0109;

let store: SqlStore;
beforeAll(async () => {
  store = postgresStore((await testDatabase()).url);
});
afterAll(() => store.close?.());

it.each(Object.entries(DISTRIBUTIONS))(
  'is as near to the exact percentiles as DDSketch of the same accuracy: %s',
  async (shape, sample) => {
    const random = createRandom(51);
    const collectors = Array.from(
      { length: PROCESSES },
      () => new MetricsCollector(store, { flushIntervalMs: 3_600_000, logger: createQuietLogger() }),
    );
    const sketch = new DDSketch({ relativeAccuracy: ACCURACY });
    const values = Array.from({ length: VALUES }, () => sample(random));
    values.forEach((value, index) => {
      collectors[index % PROCESSES]?.histogram(shape, value, { part: index % 7 });
      sketch.accept(value);
    });
    await Promise.all(collectors.map((metrics) => metrics.shutdown()));
    const [group] = await new MetricsCollector(store).percentiles(shape, FRACTIONS);

    const exact = FRACTIONS.map((fraction) => exactPercentile(values, fraction));
    const errorsOf = (answers: readonly number[]): number[] =>
      answers.map(
        (answer, place) =>
          Math.abs(answer - (exact[place] as number)) / (Math.abs(exact[place] as number) || 1),
      );
    const ours = errorsOf(group?.values ?? []);
    const theirs = errorsOf(FRACTIONS.map((fraction) => sketch.getValueAtQuantile(fraction)));
    expect(Math.max(...theirs)).toBeLessThanOrEqual(0.011);
    expect(group).toMatchObject({ sampleCount: VALUES, exact: false });
    expect(group?.relativeError).toBeLessThanOrEqual(0.011);
    expect(Math.max(...ours)).toBeLessThanOrEqual((group?.relativeError ?? 0) + 1e-12);
    // Both are within their accuracy of the same number, so within twice of each other.
    group?.values.forEach((value, place) => {
      const other = sketch.getValueAtQuantile(FRACTIONS[place] as number);
      expect(Math.abs(value - other)).toBeLessThanOrEqual(
        2 * 0.011 * Math.abs(exact[place] as number) + 1e-12,
      );
    });
  },
);
