import type { SparseBuckets } from '../histogram-buckets.ts';
import { joinBounds, normalizeExponential } from './buckets.ts';
import type { BoundedBuckets, ExponentialBuckets } from './buckets.ts';
import type { Distribution } from './distribution.ts';
import { DATA_POINT_TYPE } from './metric-kind.ts';

// What is longer is no histogram; looking at each element of it would hold the application up.
const MAX_ELEMENTS = 65_536;
const MAX_SCALE = 1_000;
// Views have some tens. Summing a point up takes SQL longer by the square of them: 0.1 s for 256, 5 s for 2,000.
const MAX_BOUNDED_BUCKETS = 256;
// SQL adds and divides bounds, and refuses what leaves the range of a double.
const LARGEST_BOUND = 1e300;
const SMALLEST_BOUND = 1e-300;

/**
 * Reads the value of a histogram's point, which may be anything. What cannot be stored as it is becomes coarser, and `onMended` is
 * told.
 * @returns undefined where counts and bounds do not fit together
 */
export function readDistribution(
  dataPointType: unknown,
  value: unknown,
  onMended: (reason: string) => void,
): Distribution | undefined {
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  const source = value as Readonly<Record<string, unknown>>;
  const buckets =
    dataPointType === DATA_POINT_TYPE.HISTOGRAM ? readBounded(source) : readExponential(source, onMended);
  if (buckets === undefined) {
    return undefined;
  }
  const count = countOf(buckets);
  if (!Number.isSafeInteger(count)) {
    return undefined;
  }
  if (count !== source['count']) {
    onMended('count');
  }
  const [min, max] = readExtremes(source['min'], source['max']);
  const sum = readSum(source['sum'], onMended);
  if (buckets.kind === 'exponential') {
    return { buckets, count, sum, min, max };
  }
  return {
    buckets: fitBounds(buckets, onMended),
    count,
    sum,
    min: min === undefined ? undefined : fitBound(min),
    max: max === undefined ? undefined : fitBound(max),
  };
}

function readExponential(
  source: Readonly<Record<string, unknown>>,
  onMended: (reason: string) => void,
): ExponentialBuckets | undefined {
  const { scale, zeroCount } = source;
  const positive = readSparse(source['positive']);
  const negative = readSparse(source['negative']);
  if (
    typeof scale !== 'number' ||
    !Number.isInteger(scale) ||
    Math.abs(scale) > MAX_SCALE ||
    !isCount(zeroCount) ||
    positive === undefined ||
    negative === undefined
  ) {
    return undefined;
  }
  const buckets: ExponentialBuckets = { kind: 'exponential', scale, zeroCount, positive, negative };
  const normal = normalizeExponential(buckets);
  if (normal !== buckets && positive.indexes.length + negative.indexes.length > 0) {
    onMended('buckets');
  }
  return normal;
}

function readSparse(half: unknown): SparseBuckets | undefined {
  if (half === undefined || half === null) {
    return { indexes: [], counts: [] };
  }
  const { offset, bucketCounts } = half as { offset?: unknown; bucketCounts?: unknown };
  if (!Number.isSafeInteger(offset) || !isList(bucketCounts)) {
    return undefined;
  }
  const sparse: SparseBuckets = { indexes: [], counts: [] };
  for (let at = 0; at < bucketCounts.length; at += 1) {
    const count = bucketCounts[at];
    if (!isCount(count)) {
      return undefined;
    }
    if (count > 0) {
      sparse.indexes.push((offset as number) + at);
      sparse.counts.push(count);
    }
  }
  return sparse;
}

function readBounded(source: Readonly<Record<string, unknown>>): BoundedBuckets | undefined {
  const { boundaries, counts } = (source['buckets'] ?? {}) as { boundaries?: unknown; counts?: unknown };
  if (!isList(boundaries) || !isList(counts)) {
    return undefined;
  }
  if (boundaries.length === 0 && counts.length === 0 && isCount(source['count'])) {
    // Only count and sum, as OTLP allows: one bucket without an end.
    return { kind: 'bounded', bounds: [], counts: [source['count']] };
  }
  if (counts.length !== boundaries.length + 1 || !counts.every(isCount)) {
    return undefined;
  }
  const isRising = boundaries.every(
    (bound, at) =>
      typeof bound === 'number' &&
      Number.isFinite(bound) &&
      (at === 0 || bound > (boundaries[at - 1] as number)),
  );
  return isRising
    ? { kind: 'bounded', bounds: [...(boundaries as number[])], counts: [...(counts as number[])] }
    : undefined;
}

function fitBounds(buckets: BoundedBuckets, onMended: (reason: string) => void): BoundedBuckets {
  let fitting = buckets;
  if (buckets.bounds.some((bound) => fitBound(bound) !== bound)) {
    fitting = joinBounds(fitting, (bound) => fitBound(bound) === bound);
  }
  while (fitting.counts.length > MAX_BOUNDED_BUCKETS) {
    fitting = joinBounds(fitting, (_bound, at) => at % 2 === 1);
  }
  if (fitting !== buckets) {
    onMended('buckets');
  }
  return fitting;
}

function fitBound(bound: number): number {
  const size = Math.abs(bound);
  return size < SMALLEST_BOUND ? 0 : size > LARGEST_BOUND ? Math.sign(bound) * LARGEST_BOUND : bound;
}

function readExtremes(min: unknown, max: unknown): [number | undefined, number | undefined] {
  const [low, high] = [min, max].map((extreme) =>
    typeof extreme === 'number' && Number.isFinite(extreme) ? extreme : undefined,
  );
  return low !== undefined && high !== undefined && low > high ? [undefined, undefined] : [low, high];
}

// Where somebody has recorded an infinity, its sum and all later ones are infinite too, and the counts are right all the same.
function readSum(sum: unknown, onMended: (reason: string) => void): number | undefined {
  if (typeof sum === 'number' && Number.isFinite(sum)) {
    return sum;
  }
  if (sum !== undefined && sum !== null) {
    onMended('sum');
  }
  return undefined;
}

function countOf(buckets: ExponentialBuckets | BoundedBuckets): number {
  const add = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  return buckets.kind === 'bounded'
    ? add(buckets.counts)
    : buckets.zeroCount + add(buckets.positive.counts) + add(buckets.negative.counts);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= MAX_ELEMENTS;
}
