import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';

// setTimeout takes no more; a longer delay would fire at once.
const MAX_DELAY_MS = 2 ** 31 - 1;

/** What is said of an option that is wrong. */
export function invalidHealthOption(name: string, got: unknown, expected: string): ObservabilityError {
  const shown = name.length > 160 ? `${name.slice(0, 160)}…` : name;
  return new ObservabilityError(
    'INVALID_OPTION',
    `${shown} of HealthChecker is ${describeValue(got)}; expected ${expected}.`,
  );
}

/** @throws `INVALID_OPTION` */
export function assertObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidHealthOption(name, value, 'an object');
  }
}

/** @throws `INVALID_OPTION` */
export function assertFunctionIfGiven(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw invalidHealthOption(name, value, 'a function');
  }
}

/** @throws `INVALID_OPTION` */
export function resolveBoolean(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined || typeof value === 'boolean') {
    return value ?? fallback;
  }
  throw invalidHealthOption(name, value, 'true or false');
}

/**
 * Milliseconds as they are given, else the default.
 * @throws `INVALID_OPTION` when they are less than `least`, or more than a timer takes
 */
export function resolveMilliseconds(name: string, value: unknown, fallback: number, least = 1): number {
  if (value === undefined) {
    return fallback;
  }
  if (typeof value === 'number' && value >= least && value <= MAX_DELAY_MS) {
    return value;
  }
  throw invalidHealthOption(
    name,
    value,
    `a number of milliseconds from ${least} to ${MAX_DELAY_MS}, for example ${fallback === 0 ? 5_000 : fallback}`,
  );
}

/** @throws `INVALID_OPTION` when it is no whole number within the bounds */
export function resolveCount(
  name: string,
  value: unknown,
  { fallback, least, most }: { fallback: number; least: number; most: number },
): number {
  if (value === undefined) {
    return fallback;
  }
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
    return value;
  }
  throw invalidHealthOption(name, value, `a whole number from ${least} to ${most}, for example ${fallback}`);
}
