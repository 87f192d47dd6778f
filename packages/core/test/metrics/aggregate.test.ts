import { describe, expect, it } from 'vitest';
import { createAggregate } from '../../src/metrics/aggregate.ts';

const NO_BUCKETS = {
  zero_count: null,
  bucket_scale: null,
  bucket_indexes: null,
  bucket_counts: null,
  negative_bucket_indexes: null,
  negative_bucket_counts: null,
  exemplars: null,
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
      exemplars: null,
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

  it('begins anew after a window', () => {
    const histogram = createAggregate('histogram');
    [1, 2].forEach((value) => histogram.add(value));

    histogram.clear();
    histogram.add(0.5);

    expect(histogram.toValues()).toMatchObject({
      metric_value: 0.5,
      sample_count: 1,
      min: 0.5,
      max: 0.5,
      bucket_indexes: [-33],
      bucket_counts: [1],
    });
  });
});

describe('examples of a histogram', () => {
  const trace = (value: number) => ({
    value,
    time: 1,
    traceId: String(value).padStart(32, '0'),
    spanId: '1'.repeat(16),
  });
  const record = (histogram: ReturnType<typeof createAggregate>, values: readonly number[]): unknown[] => {
    for (const value of values) {
      histogram.add(value);
      if (histogram.wantsExemplar) {
        histogram.noteExemplar(trace(value));
      }
    }
    return (histogram.toValues().exemplars ?? []).map((exemplar) => exemplar.value);
  };

  it('are one a bucket, and of the ten slowest buckets', () => {
    const histogram = createAggregate('histogram');

    const kept = record(
      histogram,
      [3, 1, 1, 2, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12.01].map((value) => value * 10),
    );

    expect(kept).toEqual([30, 40, 50, 60, 70, 80, 90, 100, 110, 120]);
  });

  it('are of what is slower than nineteen in twenty of the window before', () => {
    const histogram = createAggregate('histogram');
    record(histogram, [...Array.from({ length: 96 }, () => 1), 5, 6, 7, 8]);

    histogram.clear();
    const kept = record(histogram, [1, 2, 4, 1, 9, 4, 7]);

    expect(kept).toEqual([7, 9]);
  });

  it('are of everything where the series is of failures', () => {
    const histogram = createAggregate('histogram', true);
    record(histogram, [1, 1, 1]);

    histogram.clear();
    const kept = record(histogram, [0.001, 1]);

    expect(kept).toEqual([0.001, 1]);
  });

  it('are not looked for any more where there is no trace, until the next window', () => {
    const histogram = createAggregate('histogram');
    const asked: boolean[] = [];
    for (let value = 1; value <= 5; value += 1) {
      histogram.add(value);
      asked.push(histogram.wantsExemplar);
      if (histogram.wantsExemplar) {
        histogram.noteExemplar(undefined);
      }
    }

    histogram.clear();
    histogram.add(5);

    expect([asked, histogram.wantsExemplar]).toEqual([[true, true, true, false, false], true]);
  });
});
