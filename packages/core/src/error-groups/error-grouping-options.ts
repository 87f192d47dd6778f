import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';

/** How the errors of an instance are counted. */
export interface ErrorGroupingOptions {
  /** Milliseconds between two times that counts are stored, 100 to 3,600,000. Default 5,000. */
  flushIntervalMs?: number | undefined;
  /** Kinds of errors that are told apart in between, 1 to 100,000; the rest is counted as one. Default 1,000. */
  maxGroups?: number | undefined;
}

/**
 * Checks the option `errors`. Undefined where no errors are to be counted.
 * @throws `INVALID_OPTION`
 */
export function resolveErrorGrouping(
  options: ErrorGroupingOptions | false | undefined,
): { flushIntervalMs: number; maxGroups: number } | undefined {
  if (options === false) {
    return undefined;
  }
  const given: unknown = options ?? {};
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalid('errors', given, 'false, or an object such as { flushIntervalMs: 1000 }');
  }
  const unknown = Object.keys(given).find((name) => name !== 'flushIntervalMs' && name !== 'maxGroups');
  if (unknown !== undefined) {
    throw invalid('A key of errors', unknown, 'flushIntervalMs, maxGroups');
  }
  const { flushIntervalMs = 5_000, maxGroups = 1_000 } = given as ErrorGroupingOptions;
  assertWhole('errors.flushIntervalMs', flushIntervalMs, 100, 3_600_000);
  assertWhole('errors.maxGroups', maxGroups, 1, 100_000);
  return { flushIntervalMs, maxGroups };
}

function assertWhole(name: string, value: unknown, least: number, most: number): void {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw invalid(name, value, `a whole number from ${least} to ${most}`);
  }
}

function invalid(name: string, got: unknown, expected: string): ObservabilityError {
  return new ObservabilityError('INVALID_OPTION', `${name} is ${describeValue(got)}; expected ${expected}.`);
}
