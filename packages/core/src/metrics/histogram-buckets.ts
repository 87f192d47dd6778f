import { BucketCounts } from './bucket-counts.ts';
import { BUCKET_SCALE, valueToBucketIndex } from './exponential-buckets.ts';

/** Buckets as they are stored: parallel arrays of the buckets that are not empty, by rising index. */
export interface SparseBuckets {
  indexes: number[];
  counts: number[];
}

/** A histogram as it is stored. */
export interface BucketSnapshot {
  scale: number;
  zeroCount: number;
  positive: SparseBuckets;
  negative: SparseBuckets;
}

/**
 * Buckets of one histogram while it is recorded. Nine decades need 957 buckets at scale 5; past `maxBuckets` neighbours are
 * joined by twos (one scale down), so that hostile values cannot fill the memory.
 */
export class HistogramBuckets {
  /** The scale that a window begins with. */
  readonly finestScale: number = BUCKET_SCALE;
  readonly #maxBuckets: number;
  #shift = 0;
  #zeroCount = 0;
  #positive = new BucketCounts();
  #negative = new BucketCounts();

  /** @param maxBuckets default 2,048: 19 decades at 1.1 % */
  constructor(maxBuckets = 2_048) {
    this.#maxBuckets = maxBuckets;
  }

  /**
   * @param value finite
   * @returns the bucket of a positive value; minus infinity for any other
   */
  add(value: number): number {
    let bucket = Number.NEGATIVE_INFINITY;
    if (value > 0) {
      bucket = valueToBucketIndex(value) >> this.#shift;
      this.#positive.add(bucket);
    } else if (value < 0) {
      this.#negative.add(valueToBucketIndex(-value) >> this.#shift);
    } else {
      this.#zeroCount += 1;
    }
    if (this.#positive.size + this.#negative.size > this.#maxBuckets) {
      this.#joinNeighbours();
    }
    return bucket;
  }

  /** Adds the buckets of another window; what is finer than these is joined. */
  merge({ scale, zeroCount, positive, negative }: BucketSnapshot): void {
    while (BUCKET_SCALE - this.#shift > scale) {
      this.#coarsen();
    }
    const shift = scale - (BUCKET_SCALE - this.#shift);
    this.#zeroCount += zeroCount;
    positive.indexes.forEach((index, at) => this.#positive.add(index >> shift, positive.counts[at]));
    negative.indexes.forEach((index, at) => this.#negative.add(index >> shift, negative.counts[at]));
    this.#joinNeighbours();
  }

  /** The buckets so far. */
  snapshot(): BucketSnapshot {
    return {
      scale: BUCKET_SCALE - this.#shift,
      zeroCount: this.#zeroCount,
      positive: toSparseBuckets(this.#positive),
      negative: toSparseBuckets(this.#negative),
    };
  }

  /** Begins a new window at full resolution. */
  clear(): void {
    this.#shift = 0;
    this.#zeroCount = 0;
    this.#positive.clear();
    this.#negative.clear();
  }

  #joinNeighbours(): void {
    while (this.#positive.size + this.#negative.size > this.#maxBuckets) {
      this.#coarsen();
    }
  }

  /** One scale down: buckets 2i and 2i + 1 become bucket i. The arithmetic shift rounds negative indexes down as well. */
  #coarsen(): void {
    this.#positive = halve(this.#positive);
    this.#negative = halve(this.#negative);
    this.#shift += 1;
  }
}

function halve(buckets: BucketCounts): BucketCounts {
  const joined = new BucketCounts();
  for (const [index, count] of buckets.entries()) {
    joined.add(index >> 1, count);
  }
  return joined;
}

function toSparseBuckets(buckets: BucketCounts): SparseBuckets {
  const entries = buckets.entries();
  return { indexes: entries.map(([index]) => index), counts: entries.map(([, count]) => count) };
}
