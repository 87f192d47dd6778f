import { Exemplars, slowestBucket } from './exemplars.ts';
import type { Exemplar } from './exemplars.ts';
import { HistogramBuckets } from './histogram-buckets.ts';
import type { SparseBuckets } from './histogram-buckets.ts';
import type { MetricType } from './metric.ts';
import { createPlainValues } from './metric-row.ts';
import type { PointValues } from './metric-row.ts';

/** What a series has recorded in the window that is open. */
export interface Aggregate {
  /** Takes a finite value. False when it would carry the sum past what a double can hold; then nothing changes. */
  add(value: number): boolean;
  /** True where the trace of the value that was just taken is wanted as an example. */
  readonly wantsExemplar: boolean;
  /** Gives that trace; undefined where there is none. */
  noteExemplar(exemplar: Exemplar | undefined): void;
  /** The window as a point. */
  toValues(): PointValues;
  /** Begins a new window. */
  clear(): void;
}

/**
 * An empty aggregate for a metric of this type.
 * @param isFailing true for a series of failures, in which everything is worth an example
 */
export function createAggregate(type: MetricType, isFailing = false): Aggregate {
  switch (type) {
    case 'counter':
      return new CounterAggregate();
    case 'gauge':
      return new GaugeAggregate();
    case 'histogram':
      return new HistogramAggregate(isFailing);
  }
}

class CounterAggregate implements Aggregate {
  readonly wantsExemplar = false;
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

  noteExemplar(): void {}

  toValues(): PointValues {
    return createPlainValues(this.#sum, this.#count, null, null);
  }

  clear(): void {
    this.#sum = 0;
    this.#count = 0;
  }
}

class GaugeAggregate implements Aggregate {
  readonly wantsExemplar = false;
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

  noteExemplar(): void {}

  toValues(): PointValues {
    return createPlainValues(this.#last, this.#count, this.#min, this.#max);
  }

  clear(): void {
    this.#count = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }
}

class HistogramAggregate implements Aggregate {
  wantsExemplar = false;
  readonly #isFailing: boolean;
  readonly #buckets = new HistogramBuckets();
  readonly #exemplars = new Exemplars();
  #sum = 0;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #bucket = Number.NEGATIVE_INFINITY;

  constructor(isFailing: boolean) {
    this.#isFailing = isFailing;
  }

  add(value: number): boolean {
    const sum = this.#sum + value;
    if (!Number.isFinite(sum)) {
      return false;
    }
    this.#sum = sum;
    this.#count += 1;
    if (value < this.#min) {
      this.#min = value;
    }
    if (value > this.#max) {
      this.#max = value;
    }
    this.#bucket = this.#buckets.add(value);
    this.wantsExemplar = this.#exemplars.wants(this.#bucket);
    return true;
  }

  noteExemplar(exemplar: Exemplar | undefined): void {
    this.wantsExemplar = false;
    if (exemplar === undefined) {
      this.#exemplars.miss();
    } else {
      this.#exemplars.add(this.#bucket, exemplar);
    }
  }

  toValues(): PointValues {
    const { scale, zeroCount, positive, negative } = this.#buckets.snapshot();
    const exemplars = this.#exemplars.list();
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
      exemplars: exemplars.length === 0 ? null : exemplars,
    };
  }

  clear(): void {
    const { scale, positive } = this.#buckets.snapshot();
    const isComparable = scale === this.#buckets.finestScale;
    this.#exemplars.clear(
      this.#isFailing || !isComparable ? Number.NEGATIVE_INFINITY : slowestBucket(positive),
    );
    this.#buckets.clear();
    this.#sum = 0;
    this.#count = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }
}

// Most histograms hold durations and sizes, so nothing is stored for the negative half.
function nullIfEmpty({ indexes, counts }: SparseBuckets): {
  indexes: number[] | null;
  counts: number[] | null;
} {
  return indexes.length === 0 ? { indexes: null, counts: null } : { indexes, counts };
}
