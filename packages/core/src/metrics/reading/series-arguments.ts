import { describeValue } from '../../arguments/describe-value.ts';
import type { Redact } from '../../sanitize/redact.ts';
import {
  assertObject,
  invalidArgument,
  resolveGroupBy,
  resolveLabels,
  resolveLimit,
  resolveName,
  resolveServiceName,
  resolveTime,
} from './query-arguments.ts';
import type { PointRange } from './query-arguments.ts';
import { chooseStep, parseStep } from './series-step.ts';

const MAX_POINTS = 11_000;
const MAX_POINTS_OF_ALL = 1_100_000;
const MAX_SERIES = 1_000;
const HOUR_MS = 3_600_000;
const LONGEST_MS = 9_600 * HOUR_MS;

/** An aggregate that is a sum, or the fraction of a percentile. */
export type ResolvedAggregate = 'rate' | 'sum' | 'count' | 'avg' | 'min' | 'max' | { fraction: number };

/** A series that was asked for and checked; `to` is not included. */
export interface SeriesRange extends PointRange {
  aggregate: ResolvedAggregate;
  stepMs: number;
  groupBy: readonly string[];
  limit: number;
}

/**
 * Checks the arguments of `series`.
 * @throws `INVALID_ARGUMENT`
 */
export function resolveSeriesQuery(
  name: unknown,
  query: unknown,
  { now, redact }: { now: number; redact: Redact },
): SeriesRange {
  const given = assertObject('The second argument of series', query);
  // What was recorded a moment ago is part of it.
  const to = resolveTime('endTime', given['endTime'], now + 1);
  const from = resolveTime('startTime', given['startTime'], to - HOUR_MS);
  if (from >= to) {
    throw invalidArgument('startTime', 'not before endTime', 'an earlier time; did you swap them?');
  }
  // Nothing older can be stored, and what lies far outside PostgreSQL cannot read.
  const range = { from: Math.max(from, now - LONGEST_MS, 0), to: Math.min(to, now + LONGEST_MS) };
  const stepMs = resolveStep(given['step'], Math.max(range.to - range.from, 1));
  const limit = resolveLimit(given['limit'], 100, MAX_SERIES);
  assertBounded(Math.ceil((range.to - range.from) / stepMs) + 1, limit);
  return {
    name: resolveName(name),
    aggregate: resolveAggregate(given['aggregate']),
    labels: resolveLabels(given['labels'], redact),
    serviceName: resolveServiceName(given['serviceName']),
    groupBy: resolveGroupBy(given['groupBy']),
    limit,
    stepMs,
    ...range,
  };
}

function resolveStep(step: unknown, rangeMs: number): number {
  if (step === undefined) {
    return chooseStep(rangeMs);
  }
  const stepMs = parseStep(step);
  if (stepMs === undefined) {
    throw invalidArgument(
      'step',
      describeValue(step),
      'whole milliseconds, or text such as 30s, 5m, 1h or 1d; from a second to 400 days',
    );
  }
  return stepMs;
}

function assertBounded(points: number, limit: number): void {
  if (points > MAX_POINTS) {
    throw invalidArgument(
      'step',
      `so short that the range has ${points} of them`,
      `${MAX_POINTS} at most; make the step longer, or leave it out`,
    );
  }
  if (points * limit > MAX_POINTS_OF_ALL) {
    throw invalidArgument(
      'limit',
      `${limit} series of ${points} steps`,
      `${MAX_POINTS_OF_ALL} points at most; ask for fewer series, or longer steps`,
    );
  }
}

function resolveAggregate(aggregate: unknown): ResolvedAggregate {
  switch (aggregate) {
    case 'rate':
    case 'sum':
    case 'count':
    case 'avg':
    case 'min':
    case 'max':
      return aggregate;
    default: {
      const [, percent] =
        (typeof aggregate === 'string' && /^p(\d{1,3}(?:\.\d{1,9})?)$/.exec(aggregate)) || [];
      const fraction = Number(percent) / 100;
      if (fraction >= 0 && fraction <= 1) {
        return { fraction };
      }
      throw invalidArgument(
        'aggregate',
        describeValue(aggregate),
        'rate, sum, count, avg, min, max, or a percentile such as p95',
      );
    }
  }
}
