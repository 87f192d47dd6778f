import { HistogramBuckets } from './histogram-buckets.ts';
import type { SparseBuckets } from './histogram-buckets.ts';
import type { MetricType } from './metric.ts';
import { NO_BUCKETS } from './metric-row.ts';
import type { PointValues } from './metric-row.ts';

/** What a series has recorded in the window that is open. */
export interface Aggregate {
  /** Takes a finite value. False when it would carry the sum past what a double can hold; then nothing changes. */
  add(value: number): boolean;
  /** The window as a point. */
  toValues(): PointValues;
}

/** An empty aggregate for a metric of this type. */
export function createAggregate(type: MetricType): Aggregate {
  switch (type) {
    case 'counter':
      return new CounterAggregate();
    case 'gauge':
      return new GaugeAggregate();
    case 'histogram':
      return new HistogramAggregate();
  }
}

class CounterAggregate implements Aggregate {
  #sum = 0;
  #count = 0;

  add(value: number): boolean {
    const sum = this.#sum + value;
    if (!Number.isFinite(sum)) {
      return false;
    }
    this.#sum = sum;
    this.#count += 1;
    return true;
  }

  toValues(): PointValues {
    return { ...NO_BUCKETS, metric_value: this.#sum, sample_count: this.#count, min: null, max: null };
  }
}

class GaugeAggregate implements Aggregate {
  #last = 0;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  add(value: number): boolean {
    this.#last = value;
    this.#count += 1;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    return true;
  }

  toValues(): PointValues {
    return {
      ...NO_BUCKETS,
      metric_value: this.#last,
      sample_count: this.#count,
      min: this.#min,
      max: this.#max,
    };
  }
}

class HistogramAggregate implements Aggregate {
  readonly #buckets = new HistogramBuckets();
  #sum = 0;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  add(value: number): boolean {
    const sum = this.#sum + value;
    if (!Number.isFinite(sum)) {
      return false;
    }
    this.#sum = sum;
    this.#count += 1;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    this.#buckets.add(value);
    return true;
  }

  toValues(): PointValues {
    const { scale, zeroCount, positive, negative } = this.#buckets.snapshot();
    return {
      metric_value: this.#sum,
      sample_count: this.#count,
      min: this.#min,
      max: this.#max,
      zero_count: zeroCount,
      bucket_scale: scale,
      bucket_indexes: positive.indexes,
      bucket_counts: positive.counts,
      negative_bucket_indexes: nullIfEmpty(negative).indexes,
      negative_bucket_counts: nullIfEmpty(negative).counts,
    };
  }
}

// Most histograms hold durations and sizes, so nothing is stored for the negative half.
function nullIfEmpty({ indexes, counts }: SparseBuckets): {
  indexes: number[] | null;
  counts: number[] | null;
} {
  return indexes.length === 0 ? { indexes: null, counts: null } : { indexes, counts };
}
