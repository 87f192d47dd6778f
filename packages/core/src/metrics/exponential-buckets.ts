/**
 * Scale of the buckets while a histogram is recorded: base = 2^(1/32), so an estimate is off by 1.083 % at most.
 * @source https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponential-scale
 */
export const BUCKET_SCALE = 5;

const BUCKETS_PER_OCTAVE = 2 ** BUCKET_SCALE;
const SIGNIFICAND_BITS = 52;
// The 64 values of the six leading bits of a significand are narrower than the narrowest bucket (1.6 % against 2.2 %), so a
// slot holds one bucket border at most, and one comparison finds the bucket.
const SLOT_SHIFT = 14;
const LOWEST_NORMAL = 2 ** -1022;

const BORDERS: Float64Array = createBorders();
const BUCKET_AT_SLOT: Int8Array = createSlots(BORDERS);

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
const HIGH = isLittleEndian() ? 1 : 0;
const LOW = 1 - HIGH;

/**
 * Index of the bucket that holds `value`: bucket i holds (base^i, base^(i+1)]. It reads the bits of the number and compares
 * whole numbers, so it is exact at every border, where a logarithm rounds to the wrong side.
 * @param value positive and finite
 * @example `valueToBucketIndex(1); // -1, for 1 = base^0 is the upper border of bucket -1`
 */
export function valueToBucketIndex(value: number): number {
  if (value < LOWEST_NORMAL) {
    // Multiplying by a power of two is exact and gives a subnormal number an exponent.
    return valueToBucketIndex(value * 2 ** 54) - 54 * BUCKETS_PER_OCTAVE;
  }
  float[0] = value;
  const high = words[HIGH] as number;
  const exponent = (high >>> 20) - 1023;
  const fraction = (high & 0xfffff) * 2 ** 32 + (words[LOW] as number);
  const bucket = BUCKET_AT_SLOT[(high >>> SLOT_SHIFT) & 0x3f] as number;
  const isPastBorder = fraction > (BORDERS[bucket + 1] as number);
  return exponent * BUCKETS_PER_OCTAVE + bucket + (isPastBorder ? 1 : 0);
}

/**
 * The number that stands for a bucket: equally far from both borders in relative terms, 2·base^(i+1) / (base + 1).
 * @param scale scale the index belongs to, -10 to 20
 * @source https://www.vldb.org/pvldb/vol12/p2195-masson.pdf (DDSketch, lemma 2)
 */
export function bucketIndexToValue(index: number, scale: number): number {
  const exponent = 2 ** -scale;
  // The factor is below 2 and computed first: a value of the last bucket doubled would be Infinity.
  return 2 ** Math.max(-1074, index * exponent) * (2 / (1 + 2 ** -exponent));
}

/** Fraction bits of the borders 2^(j/32), rounded down: a significand lies past border j exactly if its bits are greater. */
function createBorders(): Float64Array {
  const borders = new Float64Array(BUCKETS_PER_OCTAVE + 1);
  for (let j = 0; j < BUCKETS_PER_OCTAVE; j += 1) {
    // floor(2^(j/32) · 2^52) is the 32nd root of 2^(j + 52·32): five square roots, each rounded down.
    let root = 1n << BigInt(j + SIGNIFICAND_BITS * BUCKETS_PER_OCTAVE);
    for (let step = 0; step < BUCKET_SCALE; step += 1) {
      root = squareRoot(root);
    }
    borders[j] = Number(root - (1n << BigInt(SIGNIFICAND_BITS)));
  }
  borders[BUCKETS_PER_OCTAVE] = Number.POSITIVE_INFINITY;
  return borders;
}

function createSlots(borders: Float64Array): Int8Array {
  return Int8Array.from({ length: 64 }, (_, slot) => {
    const start = slot * 2 ** (SIGNIFICAND_BITS - 6);
    return borders.filter((border) => start > border).length - 1;
  });
}

/** Newton's method from above; the first step that does not go down is past the root. */
function squareRoot(value: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) {
      return root;
    }
    root = next;
  }
}

function isLittleEndian(): boolean {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
}
