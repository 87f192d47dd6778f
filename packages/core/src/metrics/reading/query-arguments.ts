import { describeValue } from '../../arguments/describe-value.ts';
import { ObservabilityError } from '../../errors/observability-error.ts';
import { cleanLabels } from '../../sanitize/clean-json.ts';
import { cleanText } from '../../sanitize/clean-text.ts';
import type { Redact } from '../../sanitize/redact.ts';
import { acceptedWindow, toEpochMs } from '../accepted-window.ts';
import type { TimeRange } from '../accepted-window.ts';
import { MAX_NAME_LENGTH } from '../clean-observation.ts';

const MAX_LIMIT = 1_000_000;
const MAX_GROUP_LABELS = 16;
// setTimeout takes no more; a longer delay would fire at once.
const MAX_DELAY_MS = 2 ** 31 - 1;

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
  const { startTime, endTime, labels, serviceName, limit } = assertObject(
    'The second argument of query',
    query,
  );
  const widest = acceptedWindow(now);
  const from = resolveTime('startTime', startTime, widest.from);
  const to = resolveTime('endTime', endTime, widest.to);
  if (startTime !== undefined && endTime !== undefined && from > to) {
    throw invalidArgument('startTime', 'a time after endTime', 'one at or before it; did you swap them?');
  }
  // Nothing can be stored outside of the accepted window, and what lies far outside PostgreSQL cannot read.
  return {
    name: resolveName(name),
    labels: resolveLabels(labels, redact),
    serviceName: resolveServiceName(serviceName),
    from: Math.max(from, 0),
    to: Math.min(Math.max(to, 0), widest.to),
    limit: resolveLimit(limit, 10_000, MAX_LIMIT),
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

/** @throws `INVALID_ARGUMENT` */
export function resolveLimit(limit: unknown, fallback: number, most: number): number {
  if (limit === undefined) {
    return fallback;
  }
  if (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= most) {
    return limit;
  }
  throw invalidArgument('limit', describeValue(limit), `a whole number from 1 to ${most}`);
}

/** @throws `INVALID_ARGUMENT` */
export function resolveGroupBy(groupBy: unknown): string[] {
  if (groupBy === undefined) {
    return [];
  }
  if (!Array.isArray(groupBy) || groupBy.length > MAX_GROUP_LABELS) {
    throw invalidArgument(
      'groupBy',
      describeValue(groupBy),
      `a list of up to ${MAX_GROUP_LABELS} names of labels`,
    );
  }
  const names = groupBy.map((name: unknown) => {
    if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_LENGTH) {
      throw invalidArgument(
        'groupBy',
        `a list with ${describeValue(name)}`,
        'names of labels, 1 to 255 characters each',
      );
    }
    return cleanText(name, MAX_NAME_LENGTH);
  });
  return [...new Set(names)];
}

/** @throws `INVALID_ARGUMENT` */
export function resolveName(name: unknown): string {
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_LENGTH) {
    throw invalidArgument('name', describeValue(name), `text of 1 to ${MAX_NAME_LENGTH} characters`);
  }
  return cleanText(name, MAX_NAME_LENGTH);
}

/** @throws `INVALID_ARGUMENT` */
export function resolveServiceName(serviceName: unknown): string | null {
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

/** @throws `INVALID_ARGUMENT` */
export function resolveTime(field: string, time: unknown, fallback: number): number {
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

/** @throws `INVALID_ARGUMENT` */
export function resolveLabels(labels: unknown, redact: Redact): string {
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

/** @throws `INVALID_ARGUMENT` when it is no object */
export function assertObject(what: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw invalidArgument(what, describeValue(value), 'an object');
}

/** What came, and what is expected. */
export function invalidArgument(what: string, got: string, expected: string): ObservabilityError {
  return new ObservabilityError('INVALID_ARGUMENT', `${what} is ${got}; expected ${expected}.`);
}
