import { ObservabilityError } from '../errors/observability-error.ts';
import { isCorrelationId } from '../propagation/correlation-id-format.ts';
import { describeValue } from './describe-value.ts';

/**
 * Refuses what is not an object of named arguments.
 * @throws `INVALID_ARGUMENT`
 */
export function assertArguments(value: unknown, name: string, example: string): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `${name} is ${describeValue(value)}; expected an object such as ${example}.`,
    );
  }
}

/**
 * Refuses a number of rows that is not a whole number from 1 to 10,000, so that no call loads a whole table.
 * @throws `INVALID_ARGUMENT`
 */
export function assertLimit(value: unknown): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 10_000) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `limit is ${describeValue(value)}; expected a whole number from 1 to 10,000.`,
    );
  }
}

/**
 * Refuses what cannot be a correlation ID.
 * @throws `INVALID_ARGUMENT`
 */
export function assertCorrelationId(value: unknown): asserts value is string {
  if (!isCorrelationId(value)) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `correlationId is ${describeValue(value)}; expected 1 to 64 characters out of A-Z a-z 0-9 . _ : -. Leave it out to use the one of the current request.`,
    );
  }
}
