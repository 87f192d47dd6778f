import { describe, expect, it } from 'vitest';
import { interpolatePercentile } from '../../../src/metrics/reading/interpolate-percentile.ts';

describe('interpolatePercentile', () => {
  it('lies between its neighbours, in proportion', () => {
    const parts = { total: 4, smallest: 1, largest: 40, lower: 2, upper: 3 };

    expect(interpolatePercentile(0.5, parts)).toBe(2.5);
  });

  it('is the exact smallest and largest value at the ends, whatever the buckets say', () => {
    const parts = { total: 4, smallest: 1, largest: 40, lower: 1.01, upper: 1.01 };

    const ends = [
      interpolatePercentile(0, parts),
      interpolatePercentile(1, { ...parts, lower: 41, upper: 41 }),
    ];

    expect(ends).toEqual([1, 40]);
  });

  it('never leaves the range that was observed', () => {
    const parts = { total: 5, smallest: 10, largest: 10, lower: 9.9, upper: 10.1 };

    const values = [0.25, 0.5, 0.75].map((fraction) => interpolatePercentile(fraction, parts));

    expect(values).toEqual([10, 10, 10]);
  });

  it('trusts the buckets where nobody knows the smallest and the largest value', () => {
    const parts = { total: 3, smallest: null, largest: null, lower: 2, upper: 3 };

    expect([0, 0.25].map((fraction) => interpolatePercentile(fraction, parts))).toEqual([2, 2.5]);
  });

  it('does not overflow between the largest numbers', () => {
    const largest = Number.MAX_VALUE;
    const parts = { total: 2, smallest: -largest, largest, lower: -largest, upper: largest };

    expect(interpolatePercentile(0.5, parts)).toBe(0);
  });

  it.each([null, 0])('is null when there are %s observations', (total) => {
    const parts = { total, smallest: null, largest: null, lower: null, upper: null };

    expect(interpolatePercentile(0.5, parts)).toBeNull();
  });
});
