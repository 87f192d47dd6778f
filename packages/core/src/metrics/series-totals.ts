import type { Exemplar } from './exemplars.ts';
import { HistogramBuckets } from './histogram-buckets.ts';
import type { BucketSnapshot } from './histogram-buckets.ts';
import type { PointValues } from './metric-row.ts';

/** What a series has recorded since the process began, for readers that want totals instead of windows. */
export class SeriesTotals {
  /** Of all observations of a counter or a histogram. */
  sum = 0;
  /** The last value of a gauge. */
  last = 0;
  sampleCount = 0;
  /** Those of the last window that had any. */
  exemplars: readonly Exemplar[] = [];
  #buckets: HistogramBuckets | undefined;

  /** Adds a window. */
  add(values: PointValues): void {
    this.sum += values.metric_value;
    this.last = values.metric_value;
    this.exemplars = values.exemplars ?? this.exemplars;
    this.sampleCount += values.sample_count;
    if (values.bucket_scale !== null) {
      this.#buckets ??= new HistogramBuckets();
      this.#buckets.merge(toBuckets(values, values.bucket_scale));
    }
  }

  /** Null where the series is no histogram. */
  get buckets(): BucketSnapshot | null {
    return this.#buckets?.snapshot() ?? null;
  }

  /** These totals and a window that is still open. */
  with(values: PointValues | undefined): SeriesTotals {
    const totals = new SeriesTotals();
    totals.sum = this.sum;
    totals.last = this.last;
    totals.exemplars = this.exemplars;
    totals.sampleCount = this.sampleCount;
    const { buckets } = this;
    if (buckets !== null) {
      totals.#buckets = new HistogramBuckets();
      totals.#buckets.merge(buckets);
    }
    if (values !== undefined) {
      totals.add(values);
    }
    return totals;
  }
}

function toBuckets(values: PointValues, scale: number): BucketSnapshot {
  return {
    scale,
    zeroCount: values.zero_count ?? 0,
    positive: toSparse(values.bucket_indexes, values.bucket_counts),
    negative: toSparse(values.negative_bucket_indexes, values.negative_bucket_counts),
  };
}

function toSparse(
  indexes: readonly number[] | null,
  counts: readonly number[] | null,
): BucketSnapshot['positive'] {
  return { indexes: [...(indexes ?? [])], counts: [...(counts ?? [])] };
}
