import { describeValue } from '../../arguments/describe-value.ts';
import type { Redact } from '../../sanitize/redact.ts';
import { acceptedWindow } from '../accepted-window.ts';
import {
  assertObject,
  invalidArgument,
  resolveGroupBy,
  resolveLabels,
  resolveLimit,
  resolveName,
  resolveServiceName,
} from './query-arguments.ts';
import type { PointRange } from './query-arguments.ts';

// 13 months, and a little for the days they differ in.
const MAX_HOURS = 9_600;
const MAX_PERCENTILES = 100;
const MAX_GROUPS = 10_000;

/** Percentiles that were asked for and checked. */
export interface PercentilesRange extends PointRange {
  fractions: readonly number[];
  groupBy: readonly string[];
  limit: number;
  prefersExact: boolean;
}

/**
 * Checks the arguments of `getPercentile`.
 * @throws `INVALID_ARGUMENT`
 */
export function resolvePercentileQuery(
  name: unknown,
  fraction: unknown,
  query: unknown,
  context: { now: number; redact: Redact },
): PercentilesRange {
  const given = assertObject('The third argument of getPercentile', query);
  const { hours, labels, serviceName } = given;
  return resolve(name, [fraction], { hours, labels, serviceName }, context);
}

/**
 * Checks the arguments of `percentiles`.
 * @throws `INVALID_ARGUMENT`
 */
export function resolvePercentilesQuery(
  name: unknown,
  fractions: unknown,
  query: unknown,
  context: { now: number; redact: Redact },
): PercentilesRange {
  if (!Array.isArray(fractions) || fractions.length === 0 || fractions.length > MAX_PERCENTILES) {
    throw invalidArgument(
      'percentiles',
      describeValue(fractions),
      `a list of 1 to ${MAX_PERCENTILES} numbers from 0 to 1, for example [0.5, 0.95]`,
    );
  }
  return resolve(name, fractions, assertObject('The third argument of percentiles', query), context);
}

function resolve(
  name: unknown,
  fractions: readonly unknown[],
  query: Record<string, unknown>,
  { now, redact }: { now: number; redact: Redact },
): PercentilesRange {
  const { hours = 24, labels, serviceName, groupBy, limit, exact = true } = query;
  if (typeof hours !== 'number' || !(hours > 0 && hours <= MAX_HOURS)) {
    throw invalidArgument('hours', describeValue(hours), `a number above 0, up to ${MAX_HOURS}`);
  }
  if (typeof exact !== 'boolean') {
    throw invalidArgument('exact', describeValue(exact), 'true or false');
  }
  return {
    name: resolveName(name),
    fractions: fractions.map(resolveFraction),
    labels: resolveLabels(labels, redact),
    serviceName: resolveServiceName(serviceName),
    from: Math.max(0, Math.trunc(now - hours * 3_600_000)),
    to: acceptedWindow(now).to,
    groupBy: resolveGroupBy(groupBy),
    limit: resolveLimit(limit, 1_000, MAX_GROUPS),
    prefersExact: exact,
  };
}

function resolveFraction(percentile: unknown): number {
  if (typeof percentile === 'number' && percentile >= 0 && percentile <= 1) {
    return percentile;
  }
  const hint = typeof percentile === 'number' && percentile <= 100 ? ' (0.95 for the 95th percentile)' : '';
  throw invalidArgument('percentile', describeValue(percentile), `a number from 0 to 1${hint}`);
}
