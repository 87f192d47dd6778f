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
  readonly #maxBuckets: number;
  #scale: number = BUCKET_SCALE;
  #zeroCount = 0;
  #positive = new Map<number, number>();
  #negative = new Map<number, number>();

  /** @param maxBuckets default 2,048: 19 decades at 1.1 % */
  constructor(maxBuckets = 2_048) {
    this.#maxBuckets = maxBuckets;
  }

  /** @param value finite */
  add(value: number): void {
    if (value === 0) {
      this.#zeroCount += 1;
      return;
    }
    const buckets = value > 0 ? this.#positive : this.#negative;
    const index = valueToBucketIndex(Math.abs(value)) >> (BUCKET_SCALE - this.#scale);
    const count = buckets.get(index);
    buckets.set(index, (count ?? 0) + 1);
    if (count === undefined) {
      this.#limitBuckets();
    }
  }

  /** The buckets so far. */
  snapshot(): BucketSnapshot {
    return {
      scale: this.#scale,
      zeroCount: this.#zeroCount,
      positive: toSparseBuckets(this.#positive),
      negative: toSparseBuckets(this.#negative),
    };
  }

  #limitBuckets(): void {
    while (this.#positive.size + this.#negative.size > this.#maxBuckets) {
      this.#positive = joinNeighbours(this.#positive);
      this.#negative = joinNeighbours(this.#negative);
      this.#scale -= 1;
    }
  }
}

/** One scale down: buckets 2i and 2i + 1 become bucket i. The arithmetic shift rounds negative indexes down as well. */
function joinNeighbours(buckets: ReadonlyMap<number, number>): Map<number, number> {
  const joined = new Map<number, number>();
  for (const [index, count] of buckets) {
    joined.set(index >> 1, (joined.get(index >> 1) ?? 0) + count);
  }
  return joined;
}

function toSparseBuckets(buckets: ReadonlyMap<number, number>): SparseBuckets {
  const sorted = [...buckets].toSorted(([left], [right]) => left - right);
  return { indexes: sorted.map(([index]) => index), counts: sorted.map(([, count]) => count) };
}
