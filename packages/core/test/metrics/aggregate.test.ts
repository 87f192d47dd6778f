import { describe, expect, it } from 'vitest';
import { createAggregate } from '../../src/metrics/aggregate.ts';

const NO_BUCKETS = {
  zero_count: null,
  bucket_scale: null,
  bucket_indexes: null,
  bucket_counts: null,
  negative_bucket_indexes: null,
  negative_bucket_counts: null,
};

describe('createAggregate', () => {
  it('adds up a counter', () => {
    const counter = createAggregate('counter');

    const taken = [2, 0, 0.5].map((value) => counter.add(value));

    expect(taken).toEqual([true, true, true]);
    expect(counter.toValues()).toEqual({
      ...NO_BUCKETS,
      metric_value: 2.5,
      sample_count: 3,
      min: null,
      max: null,
    });
  });

  it('keeps the last, the smallest and the largest value of a gauge', () => {
    const gauge = createAggregate('gauge');

    [3, -7, 9, 4].forEach((value) => gauge.add(value));

    expect(gauge.toValues()).toEqual({ ...NO_BUCKETS, metric_value: 4, sample_count: 4, min: -7, max: 9 });
  });

  it('keeps sum, ends and buckets of a histogram', () => {
    const histogram = createAggregate('histogram');

    [1, 2, 0, -1, 2].forEach((value) => histogram.add(value));

    expect(histogram.toValues()).toEqual({
      metric_value: 4,
      sample_count: 5,
      min: -1,
      max: 2,
      zero_count: 1,
      bucket_scale: 5,
      bucket_indexes: [-1, 31],
      bucket_counts: [1, 2],
      negative_bucket_indexes: [-1],
      negative_bucket_counts: [1],
    });
  });

  it.each(['counter', 'histogram'] as const)(
    'refuses what would carry the sum of a %s past a double',
    (type) => {
      const aggregate = createAggregate(type);
      aggregate.add(Number.MAX_VALUE);
      const before = aggregate.toValues();

      const taken = aggregate.add(Number.MAX_VALUE);

      expect(taken).toBe(false);
      expect(aggregate.toValues()).toEqual(before);
    },
  );
});
