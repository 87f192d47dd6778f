import { describeValue } from '../../arguments/describe-value.ts';
import { ObservabilityError } from '../../errors/observability-error.ts';

// The largest delay a timer takes; a larger one would fire at once.
const MAX_MS = 2_147_483_647;

/** Says what came and what is expected, without the value of what may be a secret. */
export function invalidOption(name: string, got: unknown, expected: string): ObservabilityError {
  return new ObservabilityError('INVALID_OPTION', `${name} is ${describeValue(got)}; expected ${expected}.`);
}

/** @throws `INVALID_OPTION` unless it is whole milliseconds in the range */
export function resolveMs(
  name: string,
  value: unknown,
  fallback: number,
  least: number,
  most: number = MAX_MS,
): number {
  if (value === undefined) {
    return fallback;
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw invalidOption(
      name,
      value,
      `whole milliseconds from ${least} to ${most}. The default is ${fallback}`,
    );
  }
  return value;
}

/** @throws `INVALID_OPTION` unless it is true, false or absent */
export function resolveBoolean(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) {
    return fallback;
  }
  if (typeof value !== 'boolean') {
    throw invalidOption(name, value, `true or false. The default is ${fallback}`);
  }
  return value;
}

/** An object with names, and no list. */
export function isOptions(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
