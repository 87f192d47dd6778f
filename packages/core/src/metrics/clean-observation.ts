import { cleanLabels } from '../sanitize/clean-json.ts';
import { cleanText } from '../sanitize/clean-text.ts';
import type { Redact } from '../sanitize/redact.ts';
import type { MetricType } from './metric.ts';

/** Characters of a metric name at most. */
export const MAX_NAME_LENGTH = 255;

const MAX_UNIT_LENGTH = 63;

/** Why an observation was refused at the door. */
export type RefusalReason = 'invalid_name' | 'invalid_type' | 'invalid_value' | 'negative_counter';

/** An observation as the caller gave it; nothing about it is certain. */
export interface RawObservation {
  name: unknown;
  type: unknown;
  value: unknown;
  labels: unknown;
  unit: unknown;
}

/** An observation after cleaning. */
export interface Observation {
  name: string;
  type: MetricType;
  value: number;
  labels: Readonly<Record<string, string>>;
  unit: string | null;
}

/** How observations are cleaned. */
export interface CleaningOptions {
  redact: Redact;
  /** Told of everything that was mended. */
  onMended(reason: string): void;
}

/**
 * Mends an observation where its meaning survives (a long name is cut, a bigint becomes a number, odd labels become text)
 * and refuses it where it would not.
 */
export function cleanObservation(
  raw: RawObservation,
  options: CleaningOptions,
): { observation: Observation } | { refused: RefusalReason } {
  if (!isMetricType(raw.type)) {
    return { refused: 'invalid_type' };
  }
  const name = cleanName(raw.name, options);
  if (name === undefined) {
    return { refused: 'invalid_name' };
  }
  const value = cleanValue(raw.value, options);
  if (value === undefined) {
    return { refused: 'invalid_value' };
  }
  if (!isInRange(raw.type, value)) {
    return { refused: 'negative_counter' };
  }
  const labels = raw.labels === undefined ? {} : cleanLabels(raw.labels, options);
  return { observation: { name, type: raw.type, value, labels, unit: cleanUnit(raw.unit, options) } };
}

/** True for `counter`, `gauge` and `histogram`. */
export function isMetricType(value: unknown): value is MetricType {
  return value === 'counter' || value === 'gauge' || value === 'histogram';
}

/** True for a number that a metric of this type can take as it is. */
export function isAcceptable(type: MetricType, value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && isInRange(type, value);
}

function isInRange(type: MetricType, value: number): boolean {
  return type !== 'counter' || value >= 0;
}

function cleanName(name: unknown, options: CleaningOptions): string | undefined {
  if (typeof name !== 'string' || name === '') {
    return undefined;
  }
  const cleaned = cleanText(name, MAX_NAME_LENGTH);
  if (cleaned !== name) {
    options.onMended('name');
  }
  return cleaned === '' ? undefined : cleaned;
}

function cleanValue(value: unknown, options: CleaningOptions): number | undefined {
  if (typeof value === 'bigint') {
    options.onMended('bigint_value');
    return cleanValue(Number(value), options);
  }
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function cleanUnit(unit: unknown, options: CleaningOptions): string | null {
  if (unit === undefined) {
    return null;
  }
  const cleaned = typeof unit === 'string' ? cleanText(unit, MAX_UNIT_LENGTH) : '';
  if (cleaned !== unit) {
    options.onMended('unit');
  }
  return cleaned === '' ? null : cleaned;
}
