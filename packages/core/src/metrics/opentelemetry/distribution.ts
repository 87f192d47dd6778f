import { bucketIndexToValue } from '../exponential-buckets.ts';
import { subtractBounded, subtractExponential } from './buckets.ts';
import type { BoundedBuckets, ExponentialBuckets } from './buckets.ts';

/** What a histogram tells of the values that were observed. */
export interface Distribution {
  readonly buckets: ExponentialBuckets | BoundedBuckets;
  readonly count: number;
  /** Undefined where it is not told. */
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/**
 * What has come on in `current` since `previous`; undefined where one cannot have become the other, because the producer began
 * anew. Which of the new values was the smallest and largest is known only where none was as small or as large before.
 */
export function subtractDistribution(
  current: Distribution,
  previous: Distribution,
): Distribution | undefined {
  const count = current.count - previous.count;
  const buckets = subtractBuckets(current.buckets, previous.buckets);
  if (count < 0 || buckets === undefined) {
    return undefined;
  }
  const sum =
    current.sum === undefined || previous.sum === undefined ? undefined : current.sum - previous.sum;
  const growth: Distribution = { buckets, count, sum, min: undefined, max: undefined };
  const [low, high] = outerBounds({ ...growth, min: current.min, max: current.max });
  const { min: smallest = low, max: largest = high } = current;
  return {
    ...growth,
    min: isBelow(current.min, previous.min) ? current.min : Math.min(largest, Math.max(smallest, low)),
    max: isBelow(previous.max, current.max) ? current.max : Math.max(smallest, Math.min(largest, high)),
  };
}

/** Between which numbers all values lie; exact where the smallest and the largest are known. */
export function outerBounds(distribution: Distribution): [low: number, high: number] {
  const { min, max, buckets } = distribution;
  const [low, high] =
    buckets.kind === 'exponential' ? exponentialBounds(buckets) : boundedBounds(buckets, distribution);
  return [Math.max(min ?? low, low), Math.min(max ?? high, high)];
}

/** The sum where it is not told: each value counts as the middle of its bucket. */
export function estimateSum(distribution: Distribution): number {
  const { buckets } = distribution;
  let sum = 0;
  if (buckets.kind === 'exponential') {
    const { positive, negative, scale } = buckets;
    positive.indexes.forEach((index, at) => {
      sum += bucketIndexToValue(index, scale) * (positive.counts[at] as number);
    });
    negative.indexes.forEach((index, at) => {
      sum -= bucketIndexToValue(index, scale) * (negative.counts[at] as number);
    });
  } else {
    const [lowest, highest] = outerBounds(distribution);
    buckets.counts.forEach((count, at) => {
      const low = Math.max(lowest, buckets.bounds[at - 1] ?? lowest);
      const high = Math.min(highest, buckets.bounds[at] ?? highest);
      sum += count * (low + high) * 0.5;
    });
  }
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, sum));
}

function subtractBuckets(
  current: Distribution['buckets'],
  previous: Distribution['buckets'],
): Distribution['buckets'] | undefined {
  if (current.kind === 'exponential') {
    return previous.kind === 'exponential' ? subtractExponential(current, previous) : undefined;
  }
  return previous.kind === 'bounded' ? subtractBounded(current, previous) : undefined;
}

function isBelow(left: number | undefined, right: number | undefined): boolean {
  return left !== undefined && right !== undefined && left < right;
}

function exponentialBounds({ scale, zeroCount, positive, negative }: ExponentialBuckets): [number, number] {
  // The upper end of the last bucket is Infinity.
  const border = (index: number): number => Math.min(Number.MAX_VALUE, 2 ** (index * 2 ** -scale));
  const first = positive.indexes[0];
  const last = positive.indexes.at(-1);
  const nearest = negative.indexes[0];
  const farthest = negative.indexes.at(-1);
  const around = zeroCount > 0 ? 0 : undefined;
  return [
    farthest === undefined ? (around ?? border(first ?? 0)) : -border(farthest + 1),
    last === undefined ? (around ?? (nearest === undefined ? 0 : -border(nearest))) : border(last + 1),
  ];
}

function boundedBounds({ bounds, counts }: BoundedBuckets, told: Distribution): [number, number] {
  const [lowest, highest] = outermostBounds(bounds, told);
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  return [bounds[first - 1] ?? lowest, bounds[last] ?? Math.max(highest, bounds[last - 1] ?? highest)];
}

/** Ends for the outermost buckets, which have none. */
function outermostBounds(bounds: readonly number[], told: Distribution): [number, number] {
  // What is measured is mostly positive. Without bounds there is nothing but the mean.
  const mean = (told.sum ?? 0) / Math.max(1, told.count);
  const low = bounds.length === 0 ? mean : Math.min(0, bounds[0] as number);
  const high = bounds.at(-1) ?? mean;
  return [told.min ?? Math.min(low, told.max ?? low), told.max ?? Math.max(high, told.min ?? high)];
}
