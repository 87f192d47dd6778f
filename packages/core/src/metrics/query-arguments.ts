import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { cleanLabels } from '../sanitize/clean-json.ts';
import { cleanText } from '../sanitize/clean-text.ts';
import type { Redact } from '../sanitize/redact.ts';
import { acceptedWindow, toEpochMs } from './accepted-window.ts';
import type { TimeRange } from './accepted-window.ts';
import { MAX_NAME_LENGTH } from './clean-observation.ts';

const MAX_LIMIT = 1_000_000;
// setTimeout takes no more; a longer delay would fire at once.
const MAX_DELAY_MS = 2 ** 31 - 1;
// 13 months, and a little for the days they differ in.
const MAX_HOURS = 9_600;

/** A query that was checked, as the statements take it. */
export interface PointRange extends TimeRange {
  name: string;
  /** Labels as JSON, for jsonb containment. */
  labels: string;
  /** Null for all services. */
  serviceName: string | null;
}

/**
 * Checks the arguments of `query`.
 * @throws `INVALID_ARGUMENT`
 */
export function resolveMetricQuery(
  name: unknown,
  query: unknown,
  { now, redact }: { now: number; redact: Redact },
): PointRange & { limit: number } {
  const {
    startTime,
    endTime,
    labels,
    serviceName,
    limit = 10_000,
  } = assertObject('The second argument of query', query);
  const widest = acceptedWindow(now);
  const from = resolveTime('startTime', startTime, widest.from);
  const to = resolveTime('endTime', endTime, widest.to);
  if (startTime !== undefined && endTime !== undefined && from > to) {
    throw invalidArgument('startTime', 'a time after endTime', 'one at or before it; did you swap them?');
  }
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw invalidArgument('limit', describeValue(limit), `a whole number from 1 to ${MAX_LIMIT}`);
  }
  // Nothing can be stored outside of the accepted window, and what lies far outside PostgreSQL cannot read.
  return {
    name: resolveName(name),
    labels: resolveLabels(labels, redact),
    serviceName: resolveServiceName(serviceName),
    from: Math.max(from, 0),
    to: Math.min(Math.max(to, 0), widest.to),
    limit,
  };
}

/**
 * Checks the arguments of `getPercentile`.
 * @throws `INVALID_ARGUMENT`
 */
export function resolvePercentileQuery(
  name: unknown,
  fractions: readonly unknown[],
  query: unknown,
  { now, redact }: { now: number; redact: Redact },
): PointRange & { fractions: number[] } {
  const { hours = 24, labels, serviceName } = assertObject('The third argument of getPercentile', query);
  if (typeof hours !== 'number' || !(hours > 0 && hours <= MAX_HOURS)) {
    throw invalidArgument('hours', describeValue(hours), `a number above 0, up to ${MAX_HOURS}`);
  }
  return {
    name: resolveName(name),
    fractions: fractions.map(resolveFraction),
    labels: resolveLabels(labels, redact),
    serviceName: resolveServiceName(serviceName),
    from: Math.max(0, Math.trunc(now - hours * 3_600_000)),
    to: acceptedWindow(now).to,
  };
}

/**
 * Checks the time limit of `flush` and `shutdown`.
 * @throws `INVALID_ARGUMENT`
 */
export function resolveTimeoutMs(timeoutMs: unknown): number {
  if (typeof timeoutMs === 'number' && timeoutMs >= 1 && timeoutMs <= MAX_DELAY_MS) {
    return timeoutMs;
  }
  throw invalidArgument(
    'timeoutMs',
    describeValue(timeoutMs),
    `a number of milliseconds from 1 to ${MAX_DELAY_MS}`,
  );
}

function resolveFraction(percentile: unknown): number {
  if (typeof percentile === 'number' && percentile >= 0 && percentile <= 1) {
    return percentile;
  }
  const hint = typeof percentile === 'number' && percentile <= 100 ? ' (0.95 for the 95th percentile)' : '';
  throw invalidArgument('percentile', describeValue(percentile), `a number from 0 to 1${hint}`);
}

function resolveName(name: unknown): string {
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_LENGTH) {
    throw invalidArgument('name', describeValue(name), `text of 1 to ${MAX_NAME_LENGTH} characters`);
  }
  return cleanText(name, MAX_NAME_LENGTH);
}

function resolveServiceName(serviceName: unknown): string | null {
  if (serviceName === undefined) {
    return null;
  }
  if (typeof serviceName !== 'string' || serviceName === '' || serviceName.length > MAX_NAME_LENGTH) {
    throw invalidArgument(
      'serviceName',
      describeValue(serviceName),
      `text of 1 to ${MAX_NAME_LENGTH} characters`,
    );
  }
  return cleanText(serviceName, MAX_NAME_LENGTH);
}

function resolveTime(field: string, time: unknown, fallback: number): number {
  if (time === undefined) {
    return fallback;
  }
  const epochMs = toEpochMs(time);
  if (epochMs === undefined) {
    throw invalidArgument(field, describeTime(time), 'a valid Date, or milliseconds since 1970');
  }
  return epochMs;
}

function describeTime(time: unknown): string {
  return time instanceof Date ? 'an invalid Date' : describeValue(time);
}

function resolveLabels(labels: unknown, redact: Redact): string {
  if (labels === undefined) {
    return '{}';
  }
  const entries = Object.entries(assertObject('labels', labels));
  const odd = entries.find(([, value]) => !['string', 'number', 'boolean'].includes(typeof value));
  if (odd !== undefined) {
    throw invalidArgument(
      `labels[${describeValue(odd[0])}]`,
      describeValue(odd[1]),
      'text, a number or a boolean',
    );
  }
  // The same cleaning as when recording, so that what was stored can be found.
  return JSON.stringify(cleanLabels(labels, { redact }));
}

function assertObject(what: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw invalidArgument(what, describeValue(value), 'an object');
}

function invalidArgument(what: string, got: string, expected: string): ObservabilityError {
  return new ObservabilityError('INVALID_ARGUMENT', `${what} is ${got}; expected ${expected}.`);
}
