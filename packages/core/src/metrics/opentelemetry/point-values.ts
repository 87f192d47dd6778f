import type { Exemplar } from '../exemplars.ts';
import type { PointValues } from '../metric-row.ts';
import { createPlainValues } from '../metric-row.ts';
import type { MetricType } from '../metric.ts';
import { estimateSum, outerBounds } from './distribution.ts';
import type { Distribution } from './distribution.ts';
import { hrTimeToMs } from './point-times.ts';

const MAX_EXEMPLARS = 10;
const HEX_ID = /^(?!0+$)[0-9a-f]+$/;

/** The columns of a number. How many observations made it is not told. */
export function numberToValues(
  type: MetricType,
  value: number,
  exemplars: PointValues['exemplars'],
): PointValues {
  const bound = type === 'counter' ? null : value;
  return { ...createPlainValues(value, 1, bound, bound), exemplars };
}

/**
 * The columns of a histogram. Where its smallest and largest value are not told, the ends of the outermost buckets stand for them,
 * and where its sum is not, one that is estimated from the buckets.
 */
export function distributionToValues(
  distribution: Distribution,
  exemplars: PointValues['exemplars'],
): PointValues {
  const { buckets, count, sum = Number.NaN } = distribution;
  const [min, max] = outerBounds(distribution);
  const values = {
    ...createPlainValues(Number.isFinite(sum) ? sum : estimateSum(distribution), count, min, max),
    exemplars,
  };
  if (buckets.kind === 'bounded') {
    return { ...values, explicit_bounds: buckets.bounds, bucket_counts: buckets.counts };
  }
  const { positive, negative } = buckets;
  const hasNegative = negative.indexes.length > 0;
  return {
    ...values,
    zero_count: buckets.zeroCount,
    bucket_scale: buckets.scale,
    bucket_indexes: positive.indexes,
    bucket_counts: positive.counts,
    negative_bucket_indexes: hasNegative ? negative.indexes : null,
    negative_bucket_counts: hasNegative ? negative.counts : null,
  };
}

/** The examples of a point that have a trace, the largest ten. */
export function readExemplars(exemplars: unknown): PointValues['exemplars'] {
  if (!Array.isArray(exemplars)) {
    return null;
  }
  const found = exemplars.slice(0, 1_000).flatMap(readExemplar);
  found.sort((left, right) => left.value - right.value);
  return found.length === 0 ? null : found.slice(-MAX_EXEMPLARS);
}

function readExemplar(exemplar: unknown): Exemplar[] {
  const { value, timestamp, traceId, spanId } = (exemplar ?? {}) as Readonly<Record<string, unknown>>;
  const time = hrTimeToMs(timestamp);
  const isWhole =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    time !== undefined &&
    isId(traceId, 32) &&
    isId(spanId, 16);
  return isWhole ? [{ value, time, traceId, spanId }] : [];
}

function isId(id: unknown, length: number): id is string {
  return typeof id === 'string' && id.length === length && HEX_ID.test(id);
}
