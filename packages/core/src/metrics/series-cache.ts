import type { MetricType } from './metric.ts';
import type { Series } from './metric-series.ts';

const MAX_ENTRIES = 10_000;
const MAX_LABELS = 16;
const MAX_TEXT_LENGTH = 256;
const SEPARATOR = '\0';

/**
 * Series by the very labels they were recorded with. Cleaning, masking and sorting labels costs some microseconds; an
 * application records with the same few again and again, and only what needed no mending is kept here.
 */
export class SeriesCache {
  readonly #series = new Map<string, Series>();

  get(key: string): Series | undefined {
    return this.#series.get(key);
  }

  set(key: string, series: Series): void {
    // Labels that vary without end would fill the memory; those that do not are back after one call each.
    if (this.#series.size >= MAX_ENTRIES) {
      this.#series.clear();
    }
    this.#series.set(key, series);
  }

  clear(): void {
    this.#series.clear();
  }
}

/**
 * The key of simple input: a short name, a plain object with a few short values. Undefined for anything else, and for text
 * with a NUL, which separates the parts, so that no two inputs share a key.
 */
export function createCacheKey(type: MetricType, name: unknown, labels: unknown): string | undefined {
  if (!isSimpleText(name)) {
    return undefined;
  }
  const start = type + SEPARATOR + name;
  if (labels === undefined) {
    return start;
  }
  if (!isPlainObject(labels)) {
    return undefined;
  }
  const names = Object.keys(labels);
  if (names.length > MAX_LABELS) {
    return undefined;
  }
  let key = start;
  for (const label of names) {
    const value = labels[label];
    const isText = typeof value === 'string';
    if (
      !isSimpleText(label) ||
      (isText ? !isSimpleText(value) : typeof value !== 'number' && typeof value !== 'boolean')
    ) {
      return undefined;
    }
    key += SEPARATOR + label + SEPARATOR + (isText ? 's' : 'v') + String(value);
  }
  return key;
}

function isSimpleText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT_LENGTH && !value.includes(SEPARATOR);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
