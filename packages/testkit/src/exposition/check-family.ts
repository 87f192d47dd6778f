import type { DocumentFormat, ParsedFamily, ParsedSample } from './parsed-document.ts';

const SUFFIXES: Readonly<Record<DocumentFormat, Readonly<Record<string, readonly string[]>>>> = {
  text: { counter: [''], gauge: [''], histogram: ['_bucket', '_sum', '_count'], untyped: [''] },
  openmetrics: {
    counter: ['_total', '_created'],
    gauge: [''],
    histogram: ['_bucket', '_sum', '_count', '_created'],
    info: ['_info'],
    unknown: [''],
  },
};

/** @throws {Error} where a family breaks a rule of its format */
export function checkFamily(family: ParsedFamily, format: DocumentFormat): void {
  const { name, type, unit, samples } = family;
  const suffixes = SUFFIXES[format][type] ?? fail(name, `has the type ${type}`);
  if (unit !== undefined && !name.endsWith(`_${unit}`) && name !== unit) {
    fail(name, `does not end in its unit ${unit}`);
  }
  const seen = new Set<string>();
  for (const sample of samples) {
    if (!suffixes.some((suffix) => sample.name === name + suffix)) {
      fail(name, `has the sample ${sample.name}`);
    }
    const key = seriesKey(sample.name, sample.labels);
    if (seen.has(key)) {
      fail(name, `has ${key} twice`);
    }
    seen.add(key);
    checkSample(family, sample);
  }
  if (type === 'histogram') {
    checkHistogram(family, format);
  }
}

/** @throws {Error} where a sample could belong to two families */
export function checkNames(families: readonly ParsedFamily[], format: DocumentFormat): void {
  const owners = new Map<string, string>();
  for (const { name, type } of families) {
    // Prometheus takes the comments of a family for those of a histogram that has a sample of that name.
    const own = type === 'histogram' ? [''] : [];
    for (const suffix of [...own, ...(SUFFIXES[format][type] ?? [])]) {
      const sample = name + suffix;
      if (owners.has(sample)) {
        fail(name, `claims ${sample}, as ${owners.get(sample)} does`);
      }
      owners.set(sample, name);
    }
  }
}

function checkSample({ name, type }: ParsedFamily, { name: sample, value, exemplar }: ParsedSample): void {
  if ((type === 'counter' || type === 'histogram') && !(value >= 0)) {
    fail(name, `counts to ${value}`);
  }
  if (exemplar === undefined) {
    return;
  }
  if (!sample.endsWith('_bucket') && !sample.endsWith('_total')) {
    fail(name, 'has an exemplar where none may be');
  }
  if (Object.entries(exemplar.labels).flat().join('').length > 128) {
    fail(name, 'has an exemplar with more than 128 characters');
  }
}

/** Each series in one piece: buckets that rise up to +Inf, which is the count. */
function checkHistogram({ name, samples }: ParsedFamily, format: DocumentFormat): void {
  const series = new Map<string, ParsedSample[]>();
  let last = '';
  for (const sample of samples) {
    const { le: _, ...labels } = sample.labels;
    const key = seriesKey('', labels);
    if (key !== last && series.has(key)) {
      fail(name, `has ${key} in two pieces`);
    }
    series.set(key, [...(series.get(key) ?? []), sample]);
    last = key;
  }
  series.forEach((ofSeries) => checkBuckets(name, ofSeries, format));
}

function checkBuckets(name: string, samples: readonly ParsedSample[], format: DocumentFormat): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  let below = { bound: Number.NEGATIVE_INFINITY, count: 0 };
  for (const bucket of buckets) {
    below = checkBucket(name, bucket, below);
  }
  const { bound, count } = below;
  const valueOf = (suffix: string): number | undefined =>
    samples.find((sample) => sample.name === name + suffix)?.value;
  const [sum, total] = [valueOf('_sum'), valueOf('_count')];
  if (bound !== Number.POSITIVE_INFINITY || (total ?? count) !== count) {
    fail(name, `ends at ${bound} with ${count} of ${total}`);
  }
  if (format === 'openmetrics') {
    checkSum(name, { sum, total, firstBound: toBound(buckets[0]) });
  }
}

interface Bucket {
  bound: number;
  count: number;
}

function checkBucket(name: string, sample: ParsedSample, below: Bucket): Bucket {
  const { value, exemplar } = sample;
  const bound = toBound(sample);
  if (!(bound > below.bound) || value < below.count || !Number.isInteger(value)) {
    fail(name, `has the bucket ${bound} with ${value} behind ${below.bound} with ${below.count}`);
  }
  if (exemplar !== undefined && !(exemplar.value > below.bound && exemplar.value <= bound)) {
    fail(name, `has the exemplar ${exemplar.value} between ${below.bound} and ${bound}`);
  }
  return { bound, count: value };
}

function checkSum(
  name: string,
  { sum, total, firstBound }: { sum: number | undefined; total: number | undefined; firstBound: number },
): void {
  if ((sum === undefined) !== (total === undefined)) {
    fail(name, 'has a sum without a count, or a count without a sum');
  }
  if (sum !== undefined && firstBound < 0) {
    fail(name, 'has a sum, and a bound below zero');
  }
}

function toBound(sample: ParsedSample | undefined): number {
  return Number(sample?.labels['le']?.replace('Inf', 'Infinity'));
}

function seriesKey(name: string, labels: Readonly<Record<string, string>>): string {
  return JSON.stringify([
    name,
    ...Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1)),
  ]);
}

function fail(name: string, problem: string): never {
  throw new Error(`${name} ${problem}`);
}
