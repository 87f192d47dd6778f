import { createRandom } from '@pg-observability/testkit';
import { expect, it } from 'vitest';
import { HistogramBuckets } from '../../../src/metrics/histogram-buckets.ts';
import { countUpTo, defaultBounds, toBucketBounds } from '../../../src/metrics/prometheus/bucket-bounds.ts';

function count(values: readonly number[], bounds: readonly number[], maxBuckets?: number): number[] {
  return countUpTo(fill(values, maxBuckets).snapshot(), toBucketBounds(bounds));
}

function fill(values: readonly number[], maxBuckets?: number): HistogramBuckets {
  const buckets = new HistogramBuckets(maxBuckets);
  values.forEach((value) => buckets.add(value));
  return buckets;
}

it.each([
  ['s', 0.005, 10],
  ['ms', 5, 10_000],
  ['us', 5_000, 10_000_000],
  ['ns', 5_000_000, 10_000_000_000],
  ['By', 256, 268_435_456],
  ['{item}', 0, 10_000],
  [null, 0, 10_000],
])('has bounds for the unit %j from %d to %d', (unit, first, last) => {
  const bounds = defaultBounds(unit);

  expect([bounds[0], bounds.at(-1)]).toEqual([first, last]);
  expect(bounds).toEqual(bounds.toSorted((left, right) => left - right));
  expect(unit === 's' || bounds.every(Number.isInteger)).toBe(true);
});

it('counts what is exactly at a bound, whatever the bound', () => {
  for (const unit of ['s', 'ms', 'us', 'ns', 'By', null]) {
    const bounds = defaultBounds(unit);

    expect(count(bounds, bounds)).toEqual(bounds.map((_, at) => at + 1));
  }
});

it('misses nothing up to a bound, and counts nothing that is more than 2.2 % above it', () => {
  const random = createRandom(7);
  const bounds = defaultBounds('s');
  const values = Array.from({ length: 20_000 }, () => 10 ** (random() * 5 - 3.5));

  const counts = count(values, bounds);

  const within = (factor: number): number[] =>
    bounds.map((bound) => values.filter((value) => value <= bound * factor).length);
  const [atLeast, atMost] = [within(1), within(2 ** (1 / 32))];
  counts.forEach((found, at) => {
    expect(found).toBeGreaterThanOrEqual(atLeast[at] as number);
    expect(found).toBeLessThanOrEqual(atMost[at] as number);
  });
  // The bound is a real one: some counts are above the truth.
  expect(counts).not.toEqual(atLeast);
});

it('is exact at powers of two', () => {
  const random = createRandom(8);
  const bounds = defaultBounds('By');
  const values = Array.from({ length: 20_000 }, () => 2 ** (random() * 30));

  expect(count(values, bounds)).toEqual(
    bounds.map((bound) => values.filter((value) => value <= bound).length),
  );
});

it('counts zero and what is below it', () => {
  const values = [-5, -1, -0.5, 0, 0, 0.5, 1, 5];

  expect(count(values, [-4, -1, -0.5, 0, 0.25, 1])).toEqual([1, 2, 3, 5, 5, 7]);
  expect(count(values, [-100, 100])).toEqual([0, 8]);
});

it('never counts less where buckets are joined, at any bound', () => {
  const random = createRandom(9);
  const values = Array.from({ length: 300 }, () => (random() < 0.3 ? -1 : 1) * 10 ** (random() * 6 - 3));
  const bounds = [-100, -1, -0.01, 0, ...defaultBounds('s')];

  const scales = [2_048, 100, 40, 12, 4].map((maxBuckets) => ({
    scale: fill(values, maxBuckets).snapshot().scale,
    counts: count(values, bounds, maxBuckets),
  }));

  for (const [at, { scale, counts }] of scales.entries()) {
    const finer = scales[at - 1];
    expect(scale).toBeLessThan(finer?.scale ?? 6);
    counts.forEach((found, bound) => expect(found).toBeGreaterThanOrEqual(finer?.counts[bound] ?? 0));
    expect(counts).toEqual(counts.toSorted((left, right) => left - right));
  }
});

it('takes the largest and the smallest numbers there are', () => {
  const { MAX_VALUE, MIN_VALUE } = Number;

  expect(count([MIN_VALUE, MAX_VALUE, -MAX_VALUE], [-MAX_VALUE, -1, 0, MIN_VALUE, 1, MAX_VALUE])).toEqual([
    1, 1, 1, 2, 2, 3,
  ]);
});
