import { BUCKET_SCALE, valueToBucketIndex } from '../exponential-buckets.ts';
import type { BucketSnapshot, SparseBuckets } from '../histogram-buckets.ts';

/** @source https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** @source https://opentelemetry.io/docs/specs/otel/metrics/sdk/#explicit-bucket-histogram-aggregation */
const ANY = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];
// Powers of four: a power of two is the border of an exponential bucket, so these counts are exact.
const BYTES = Array.from({ length: 11 }, (_, step) => 256 * 4 ** step);

const BOUNDS_OF_UNIT: ReadonlyMap<string | null, readonly number[]> = new Map([
  ['s', SECONDS],
  ['ms', SECONDS.map((bound) => Math.round(bound * 1e3))],
  ['us', SECONDS.map((bound) => Math.round(bound * 1e6))],
  ['ns', SECONDS.map((bound) => Math.round(bound * 1e9))],
  ['By', BYTES],
]);

/** The bounds of a histogram for which none were given: of OpenTelemetry's conventions for durations, of bytes, or its defaults. */
export function defaultBounds(unit: string | null): readonly number[] {
  return BOUNDS_OF_UNIT.get(unit) ?? ANY;
}

/** A bound, and the exponential bucket it lies in. */
export interface BucketBound {
  readonly bound: number;
  /** Of the bound without its sign, at the finest scale. */
  readonly index: number;
}

/** Finds the bucket of each bound, once for all series of a metric. */
export function toBucketBounds(bounds: readonly number[]): BucketBound[] {
  return bounds.map((bound) => ({ bound, index: bound === 0 ? 0 : valueToBucketIndex(Math.abs(bound)) }));
}

/**
 * How many observations count as "not above" each bound.
 *
 * A bound usually lies inside an exponential bucket. All of that bucket is counted: an observation of exactly the bound is
 * where one looks for it, and none at or below the bound is missing. What is counted too much are the observations above the
 * bound in that one bucket, which ends at most 2.2 % above it (4.4 % where values are so far apart, more than 19 decades, that
 * buckets were joined). Powers of two are borders, so counts there are exact. Joining buckets only ever makes a count grow.
 */
export function countUpTo(buckets: BucketSnapshot, bounds: readonly BucketBound[]): number[] {
  const shift = BUCKET_SCALE - buckets.scale;
  const { positive, negative } = buckets;
  const belowZero = sum(negative.counts);
  return bounds.map(({ bound, index }) => {
    const place = index >> shift;
    if (bound < 0) {
      // The further from zero, the smaller: a bucket of higher index holds lower values.
      return countWhere(negative, (each) => each >= place);
    }
    const upToZero = belowZero + buckets.zeroCount;
    return bound === 0 ? upToZero : upToZero + countWhere(positive, (each) => each <= place);
  });
}

function countWhere({ indexes, counts }: SparseBuckets, isCounted: (index: number) => boolean): number {
  let count = 0;
  for (let at = 0; at < indexes.length; at += 1) {
    if (isCounted(indexes[at] as number)) {
      count += counts[at] as number;
    }
  }
  return count;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
