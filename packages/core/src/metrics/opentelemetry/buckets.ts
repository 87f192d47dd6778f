import { BUCKET_SCALE } from '../exponential-buckets.ts';
import type { BucketSnapshot, SparseBuckets } from '../histogram-buckets.ts';

/** A bucket of a histogram with exponential buckets, at some scale. */
export interface ExponentialBuckets extends BucketSnapshot {
  readonly kind: 'exponential';
}

/** Buckets between fixed bounds; one count more than bounds. */
export interface BoundedBuckets {
  readonly kind: 'bounded';
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** Buckets of more than these are joined, so that one point cannot fill the memory; as in a histogram of our own. */
const MAX_BUCKETS = 2_048;

const FINEST_SCALE = 20;
// Base 2^512; one coarser, and the base is more than a double can hold.
const COARSEST_SCALE = -9;
// A double lies between 2^-1074 and 2^1024.
const LOWEST_EXPONENT = -1_075;
const HIGHEST_EXPONENT = 1_024;

/** Makes buckets as they can be stored and read; the same object where nothing is to do. */
export function normalizeExponential(buckets: ExponentialBuckets): ExponentialBuckets {
  if (isEmpty(buckets)) {
    // Whoever merges goes by the coarsest scale, and an SDK gives zeros the scale 0.
    return buckets.scale === BUCKET_SCALE ? buckets : { ...buckets, scale: BUCKET_SCALE };
  }
  let fitting = buckets.scale > FINEST_SCALE ? rescale(buckets, FINEST_SCALE) : buckets;
  if (fitting.scale < COARSEST_SCALE) {
    // All there is left is whether a value is above 1.
    fitting = mapIndexes({ ...fitting, scale: COARSEST_SCALE }, (index) => (index < 0 ? -1 : 0));
  }
  const lowest = Math.floor(LOWEST_EXPONENT * 2 ** fitting.scale);
  const highest = Math.ceil(HIGHEST_EXPONENT * 2 ** fitting.scale) - 1;
  if (!isWithin(fitting.positive, lowest, highest) || !isWithin(fitting.negative, lowest, highest)) {
    fitting = mapIndexes(fitting, (index) => Math.min(highest, Math.max(lowest, index)));
  }
  while (fitting.positive.indexes.length + fitting.negative.indexes.length > MAX_BUCKETS) {
    fitting = rescale(fitting, fitting.scale - 1);
  }
  return fitting;
}

/** The same observations in coarser buckets; a scale that is not coarser changes nothing. */
export function rescale(buckets: ExponentialBuckets, scale: number): ExponentialBuckets {
  if (buckets.scale <= scale) {
    return buckets;
  }
  const divisor = 2 ** (buckets.scale - scale);
  return mapIndexes({ ...buckets, scale }, (index) => Math.floor(index / divisor));
}

/**
 * What has come on in `current` since `previous`; undefined where one cannot have become the other, because the producer began
 * anew.
 */
export function subtractExponential(
  current: ExponentialBuckets,
  previous: ExponentialBuckets,
): ExponentialBuckets | undefined {
  // A histogram gets coarser as it grows. One without buckets has no scale of its own.
  const scale = isEmpty(previous) ? current.scale : Math.min(current.scale, previous.scale);
  const [now, before] = [rescale(current, scale), rescale(previous, scale)];
  const zeroCount = now.zeroCount - before.zeroCount;
  const positive = subtractSparse(now.positive, before.positive);
  const negative = subtractSparse(now.negative, before.negative);
  return zeroCount < 0 || positive === undefined || negative === undefined
    ? undefined
    : { kind: 'exponential', scale, zeroCount, positive, negative };
}

/** The same for buckets between fixed bounds. */
export function subtractBounded(
  current: BoundedBuckets,
  previous: BoundedBuckets,
): BoundedBuckets | undefined {
  if (
    current.bounds.length !== previous.bounds.length ||
    current.bounds.some((bound, at) => bound !== previous.bounds[at])
  ) {
    return undefined;
  }
  const counts = current.counts.map((count, at) => count - (previous.counts[at] as number));
  return counts.some((count) => count < 0) ? undefined : { ...current, counts };
}

/** Leaves out bounds of which `isWanted` says no; the buckets on both sides become one. */
export function joinBounds(
  { bounds, counts }: BoundedBuckets,
  isWanted: (bound: number, at: number) => boolean,
): BoundedBuckets {
  const kept: number[] = [];
  const joined: number[] = [];
  let open = 0;
  bounds.forEach((bound, at) => {
    open += counts[at] as number;
    if (isWanted(bound, at)) {
      kept.push(bound);
      joined.push(open);
      open = 0;
    }
  });
  joined.push(open + (counts.at(-1) as number));
  return { kind: 'bounded', bounds: kept, counts: joined };
}

function isEmpty({ positive, negative }: ExponentialBuckets): boolean {
  return positive.indexes.length === 0 && negative.indexes.length === 0;
}

function isWithin({ indexes }: SparseBuckets, lowest: number, highest: number): boolean {
  return indexes.length === 0 || ((indexes[0] as number) >= lowest && (indexes.at(-1) as number) <= highest);
}

/** @param map keeps the order of indexes; those that become equal are joined */
function mapIndexes(buckets: ExponentialBuckets, map: (index: number) => number): ExponentialBuckets {
  const half = ({ indexes, counts }: SparseBuckets): SparseBuckets => {
    const mapped: SparseBuckets = { indexes: [], counts: [] };
    indexes.forEach((index, at) => {
      const target = map(index);
      const last = mapped.indexes.length - 1;
      if (mapped.indexes[last] === target) {
        mapped.counts[last] = (mapped.counts[last] as number) + (counts[at] as number);
      } else {
        mapped.indexes.push(target);
        mapped.counts.push(counts[at] as number);
      }
    });
    return mapped;
  };
  return { ...buckets, positive: half(buckets.positive), negative: half(buckets.negative) };
}

function subtractSparse(current: SparseBuckets, previous: SparseBuckets): SparseBuckets | undefined {
  const rest = new Map(previous.indexes.map((index, at) => [index, previous.counts[at] as number]));
  const difference: SparseBuckets = { indexes: [], counts: [] };
  for (const [at, index] of current.indexes.entries()) {
    const count = (current.counts[at] as number) - (rest.get(index) ?? 0);
    rest.delete(index);
    if (count < 0) {
      return undefined;
    }
    if (count > 0) {
      difference.indexes.push(index);
      difference.counts.push(count);
    }
  }
  return rest.size > 0 ? undefined : difference;
}
