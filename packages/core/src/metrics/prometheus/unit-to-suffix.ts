import type { MetricType } from '../metric.ts';

/** UCUM codes and the words Prometheus has for them; others are taken as they are. */
const WORDS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  bit: 'bits',
  By: 'bytes',
  kBy: 'kilobytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tebibytes',
  m: 'meters',
  g: 'grams',
  V: 'volts',
  A: 'amperes',
  W: 'watts',
  J: 'joules',
  Hz: 'hertz',
  Cel: 'celsius',
  '%': 'percent',
};

const WORDS_AFTER_PER: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  min: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  wk: 'week',
  mo: 'month',
  y: 'year',
  a: 'year',
};

/**
 * The unit as it stands in the name of a metric; empty where it is left out. What is in braces is dropped, `1` is `ratio` for a
 * gauge and nothing for others, `a/b` becomes `a_per_b`.
 *
 * @source https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-metadata-1
 * @example `unitToSuffix('By/s', 'gauge'); // 'bytes_per_second'`
 */
export function unitToSuffix(unit: string | null, type: MetricType): string {
  const bare = unit?.replace(/\{[^{}]*\}/gu, '').trim() ?? '';
  if (bare === '1') {
    return type === 'gauge' ? 'ratio' : '';
  }
  const slashAt = bare.indexOf('/');
  if (slashAt === -1) {
    return toWord(bare, WORDS);
  }
  const counted = toWord(bare.slice(0, slashAt).trim(), WORDS);
  const per = toWord(bare.slice(slashAt + 1).trim(), WORDS_AFTER_PER);
  // `1/s` is a rate of nothing in particular.
  const parts = [counted === '1' ? '' : counted, per === '' ? '' : `per_${per}`];
  return parts.filter((part) => part !== '').join('_');
}

function toWord(code: string, words: Readonly<Record<string, string>>): string {
  const word = Object.hasOwn(words, code) ? words[code] : undefined;
  return word ?? code.replace(/[^a-zA-Z0-9]+/gu, '_').replace(/^_|_$/gu, '');
}
