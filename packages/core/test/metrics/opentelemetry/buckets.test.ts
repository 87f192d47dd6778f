import { createRandom } from '@pg-observability/testkit';
import { describe, expect, it } from 'vitest';
import { valueToBucketIndex } from '../../../src/metrics/exponential-buckets.ts';
import {
  joinBounds,
  normalizeExponential,
  rescale,
  subtractBounded,
  subtractExponential,
} from '../../../src/metrics/opentelemetry/buckets.ts';
import type { ExponentialBuckets } from '../../../src/metrics/opentelemetry/buckets.ts';

/** Buckets of these values at a scale, counted one by one. */
function bucketsOf(values: readonly number[], scale: number): ExponentialBuckets {
  const half = (sign: number): { indexes: number[]; counts: number[] } => {
    const counts = new Map<number, number>();
    for (const value of values.filter((each) => each * sign > 0)) {
      // From the finest scale that is known to be exact, downwards.
      const index = Math.floor(valueToBucketIndex(value * sign) / 2 ** (5 - scale));
      counts.set(index, (counts.get(index) ?? 0) + 1);
    }
    const sorted = [...counts].toSorted(([left], [right]) => left - right);
    return { indexes: sorted.map(([index]) => index), counts: sorted.map(([, count]) => count) };
  };
  const zeroCount = values.filter((value) => value === 0).length;
  return { kind: 'exponential', scale, zeroCount, positive: half(1), negative: half(-1) };
}

describe('exponential buckets', () => {
  const random = createRandom(5);
  const draw = (count: number): number[] =>
    Array.from({ length: count }, () => (random() < 0.1 ? 0 : (random() - 0.3) * 10 ** (random() * 8 - 4)));

  it('in coarser ones are those of the same values', () => {
    const values = draw(500);

    for (const scale of [4, 0, -3, -9]) {
      expect(rescale(bucketsOf(values, 5), scale)).toEqual(bucketsOf(values, scale));
    }
    expect(rescale(bucketsOf(values, 2), 4)).toEqual(bucketsOf(values, 2));
  });

  it('less the ones before are those of the values in between, at the coarser scale of the two', () => {
    for (let round = 0; round < 50; round += 1) {
      const before = draw(Math.floor(random() * 30));
      const between = draw(Math.floor(random() * 30));
      const scale = Math.floor(random() * 6);
      const coarser = scale - Math.floor(random() * 4);
      const isEmptyBefore = before.every((value) => value === 0);

      const difference = subtractExponential(
        bucketsOf([...before, ...between], coarser),
        bucketsOf(before, scale),
      );

      expect(difference).toEqual(bucketsOf(between, isEmptyBefore ? coarser : Math.min(scale, coarser)));
    }
  });

  it('cannot have come from more', () => {
    const [few, many] = [bucketsOf([1, 2], 3), bucketsOf([1, 2, 2], 3)];

    expect(subtractExponential(few, many)).toBeUndefined();
    expect(subtractExponential(bucketsOf([2, 2], 3), bucketsOf([1], 3))).toBeUndefined();
    expect(subtractExponential(bucketsOf([1], 3), bucketsOf([0], 3))).toBeUndefined();
    expect(subtractExponential(bucketsOf([1], 3), bucketsOf([-1], 3))).toBeUndefined();
  });

  it('of nothing but zeros have the scale of a histogram of ours', () => {
    expect(normalizeExponential(bucketsOf([0, 0], 0))).toEqual(bucketsOf([0, 0], 5));
  });

  it('are left alone where they can be stored', () => {
    const buckets = bucketsOf(draw(50), 4);

    expect(normalizeExponential(buckets)).toBe(buckets);
  });

  it('keep every value where they are joined or moved', () => {
    const wild = {
      ...bucketsOf([], 30),
      positive: { indexes: [-(2 ** 40), 0, 2 ** 31, 2 ** 45], counts: [1, 2, 3, 4] },
    };

    const normal = normalizeExponential(wild);

    expect(normal.scale).toBe(20);
    expect(normal.positive.indexes).toEqual([-(2 ** 30), 0, 2 ** 21, 2 ** 30 - 1]);
    expect(normal.positive.counts).toEqual([1, 2, 3, 4]);
  });
});

describe('buckets between bounds', () => {
  it('less the ones before are what has come on; of other bounds nothing is known', () => {
    const before = { kind: 'bounded', bounds: [1, 2], counts: [1, 0, 2] } as const;

    expect(subtractBounded({ ...before, counts: [1, 3, 4] }, before)).toEqual({
      ...before,
      counts: [0, 3, 2],
    });
    expect(subtractBounded({ ...before, counts: [0, 3, 4] }, before)).toBeUndefined();
    expect(subtractBounded({ ...before, bounds: [1, 3] }, before)).toBeUndefined();
    expect(subtractBounded({ kind: 'bounded', bounds: [1], counts: [9, 9] }, before)).toBeUndefined();
  });

  it('are joined where a bound is left out', () => {
    const buckets = { kind: 'bounded', bounds: [1, 2, 3], counts: [1, 2, 4, 8] } as const;

    expect(joinBounds(buckets, (bound) => bound !== 2)).toEqual({
      kind: 'bounded',
      bounds: [1, 3],
      counts: [1, 6, 8],
    });
    expect(joinBounds(buckets, () => false)).toEqual({ kind: 'bounded', bounds: [], counts: [15] });
  });
});
