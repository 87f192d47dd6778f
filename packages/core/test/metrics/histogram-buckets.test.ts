import { describe, expect, it } from 'vitest';
import { bucketIndexToValue, valueToBucketIndex } from '../../src/metrics/exponential-buckets.ts';
import { HistogramBuckets } from '../../src/metrics/histogram-buckets.ts';
import type { SparseBuckets } from '../../src/metrics/histogram-buckets.ts';
import {
  createRandom,
  DISTRIBUTIONS,
  exactPercentile,
} from '../../../testkit/src/contract/random-numbers.ts';

function bucketsOf(values: readonly number[], maxBuckets?: number): ReturnType<HistogramBuckets['snapshot']> {
  const buckets = new HistogramBuckets(maxBuckets);
  values.forEach((value) => buckets.add(value));
  return buckets.snapshot();
}

function expand({ indexes, counts }: SparseBuckets, scale: number): number[] {
  return indexes.flatMap((index, position) =>
    Array.from({ length: counts[position] as number }, () => bucketIndexToValue(index, scale)),
  );
}

describe('HistogramBuckets', () => {
  it('keeps positive, negative and zero values apart, sorted by index', () => {
    const snapshot = bucketsOf([2, 1, 2, -4, 0, -0, 1.5]);

    expect(snapshot).toEqual({
      scale: 5,
      zeroCount: 2,
      positive: { indexes: [-1, valueToBucketIndex(1.5), 31], counts: [1, 1, 2] },
      negative: { indexes: [63], counts: [1] },
    });
  });

  it('joins neighbours instead of growing past its limit, and loses no value', () => {
    const random = createRandom(3);
    const values = Array.from(
      { length: 5_000 },
      () => (random() - 0.5) * 2 ** Math.floor(random() * 2_000 - 1_000),
    );

    const { scale, zeroCount, positive, negative } = bucketsOf(values, 160);

    const total = [...positive.counts, ...negative.counts].reduce((sum, count) => sum + count, zeroCount);
    expect(positive.indexes.length + negative.indexes.length).toBeLessThanOrEqual(160);
    expect(scale).toBeLessThan(0);
    expect(total).toBe(5_000);
  });

  it('joins buckets into those that the coarser scale would have given', () => {
    const values = [0.3, 1, 1.01, 2, 7, 1_000, 1e-6];

    const { scale, positive } = bucketsOf(values, 3);

    const expected = [...new Set(values.map((value) => valueToBucketIndex(value) >> (5 - scale)))];
    expect(positive.indexes).toEqual(expected.toSorted((left, right) => left - right));
  });

  it('covers nine decades at full resolution', () => {
    const random = createRandom(4);

    const { scale } = bucketsOf(Array.from({ length: 20_000 }, () => 10 ** (random() * 9 - 4)));

    expect(scale).toBe(5);
  });

  it.each(Object.entries(DISTRIBUTIONS))('estimates quantiles of %s within 1.1 %%', (_name, sample) => {
    const random = createRandom(5);
    const values = Array.from({ length: 3_001 }, () => sample(random));

    const { scale, zeroCount, positive, negative } = bucketsOf(values);

    const estimates = [
      ...expand(negative, scale).map((value) => -value),
      ...Array.from({ length: zeroCount }, () => 0),
      ...expand(positive, scale),
    ];
    // 3,000 is divided by 1000 and by 100, so every percentile here is one of the values, not between two.
    const errors = [0.001, 0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999].map((fraction) => {
      const exact = exactPercentile(values, fraction);
      return Math.abs(exactPercentile(estimates, fraction) - exact) / (Math.abs(exact) || 1);
    });
    expect(Math.max(...errors)).toBeLessThanOrEqual(0.011);
  });
});
