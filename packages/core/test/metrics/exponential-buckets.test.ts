import { describe, expect, it } from 'vitest';
import {
  BUCKET_SCALE,
  bucketIndexToValue,
  valueToBucketIndex,
} from '../../src/metrics/exponential-buckets.ts';
import { createRandom } from '../../../testkit/src/contract/random-numbers.ts';

const BASE_ERROR = (2 ** (1 / 32) - 1) / (2 ** (1 / 32) + 1);

/** Sign of value - 2^(index/32), computed with whole numbers only: value^32 against 2^index. */
function compareToBorder(value: number, index: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const significand = (bits & ((1n << 52n) - 1n)) | (biased === 0 ? 0n : 1n << 52n);
  const exponent = Math.max(biased, 1) - 1075;
  const shift = index - 32 * exponent;
  const left = (significand ** 32n) << BigInt(Math.max(0, -shift));
  const right = 1n << BigInt(Math.max(0, shift));
  return left > right ? 1 : left < right ? -1 : 0;
}

function neighbours(value: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  return [-2n, -1n, 0n, 1n, 2n].map((step) => {
    view.setBigUint64(0, bits + step);
    return view.getFloat64(0);
  });
}

function expectInsideItsBucket(value: number): void {
  const index = valueToBucketIndex(value);
  const place = {
    value,
    aboveLower: compareToBorder(value, index) > 0,
    upToUpper: compareToBorder(value, index + 1) <= 0,
  };
  expect(place).toEqual({ value, aboveLower: true, upToUpper: true });
}

describe('valueToBucketIndex', () => {
  it('puts every power of two into the bucket that ends with it', () => {
    const wrong: number[] = [];

    for (let exponent = -1074; exponent <= 1023; exponent += 1) {
      if (valueToBucketIndex(2 ** exponent) !== exponent * 32 - 1) {
        wrong.push(exponent);
      }
    }

    expect(wrong).toEqual([]);
  });

  it('is exact for the doubles on both sides of every border of an octave, where a logarithm is not', () => {
    let wrongByLogarithm = 0;

    for (const exponent of [-1000, -11, -1, 0, 1, 9, 1000]) {
      for (let j = 0; j < 32; j += 1) {
        for (const value of neighbours(2 ** (exponent + j / 32))) {
          expectInsideItsBucket(value);
          wrongByLogarithm += Math.ceil(Math.log2(value) * 32) - 1 === valueToBucketIndex(value) ? 0 : 1;
        }
      }
    }

    expect(wrongByLogarithm).toBeGreaterThan(0);
  });

  it('is exact from the smallest subnormal number to the largest number', () => {
    const edges = [
      Number.MIN_VALUE,
      3 * Number.MIN_VALUE,
      2 ** -1022,
      2.5e-310,
      1e-300,
      1e-9,
      1,
      1e9,
      1e300,
      Number.MAX_VALUE,
    ];

    edges.forEach(expectInsideItsBucket);

    expect([valueToBucketIndex(Number.MIN_VALUE), valueToBucketIndex(Number.MAX_VALUE)]).toEqual([
      -34_369, 32_767,
    ]);
  });

  it('is exact for random numbers over all magnitudes', () => {
    const random = createRandom(1);

    for (let i = 0; i < 500; i += 1) {
      expectInsideItsBucket((1 + random()) * 2 ** Math.floor(random() * 2_090 - 1_070));
    }
  });
});

describe('bucketIndexToValue', () => {
  it('is within 1.1 % of every value of the bucket', () => {
    const random = createRandom(2);
    let worst = 0;

    for (let i = 0; i < 20_000; i += 1) {
      const value = (1 + random()) * 2 ** Math.floor(random() * 2_000 - 1_000);
      const estimate = bucketIndexToValue(valueToBucketIndex(value), BUCKET_SCALE);
      worst = Math.max(worst, Math.abs(estimate - value) / value);
    }

    expect(BASE_ERROR).toBeLessThan(0.011);
    expect(worst).toBeGreaterThan(BASE_ERROR * 0.99);
    expect(worst).toBeLessThanOrEqual(BASE_ERROR * (1 + 1e-9));
  });

  it('stays a positive finite number at both ends of all scales', () => {
    const ends = [-10, 0, 5, 20].flatMap((scale) => {
      const first = Math.floor(-1074 * 2 ** scale) - 1;
      const last = Math.ceil(1024 * 2 ** scale) - 1;
      return [bucketIndexToValue(first, scale), bucketIndexToValue(last, scale)];
    });

    expect(ends.filter((value) => !(value > 0 && value < Number.POSITIVE_INFINITY))).toEqual([]);
  });
});
