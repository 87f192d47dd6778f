import { ObservabilityError } from '@pg-observability/core';

/** @throws `INVALID_ARGUMENT` unless `name` is absent or text */
export function assertName(decorator: string, name: unknown): void {
  if (name !== undefined && (typeof name !== 'string' || name.trim() === '')) {
    throw invalid(decorator, 'name', name, 'text, or none for the default');
  }
}

/** @throws `INVALID_ARGUMENT` unless `value` is an object with names and values */
export function assertPlainObject(decorator: string, what: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(decorator, what, value, "an object, for example { channel: 'web' }");
  }
}

/** @throws `INVALID_ARGUMENT` unless `value` is absent or a function */
export function assertFunction(decorator: string, what: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw invalid(decorator, what, value, 'a function');
  }
}

function invalid(decorator: string, what: string, got: unknown, expected: string): ObservabilityError {
  const shown = (JSON.stringify(got) ?? typeof got).slice(0, 80);
  return new ObservabilityError(
    'INVALID_ARGUMENT',
    `The ${what} of ${decorator} is ${shown}; expected ${expected}.`,
  );
}
