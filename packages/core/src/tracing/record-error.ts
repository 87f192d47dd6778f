import { isError } from '../errors/is-error.ts';
import type { Span } from './opentelemetry-types.ts';

const STATUS_ERROR = 2;

/** Records what was thrown as an exception event and sets the status ERROR. Anything can be thrown, so anything is taken. */
export function recordError(span: Span, error: unknown): void {
  const exception = isError(error) ? error : textOf(error);
  span.recordException(exception);
  span.setStatus({
    code: STATUS_ERROR,
    message: typeof exception === 'string' ? exception : exception.message,
  });
}

/** The name of the error's class, for the attribute `error.type`. */
export function errorType(error: unknown): string {
  if (isError(error)) {
    return error.name || error.constructor.name || 'Error';
  }
  return '_OTHER';
}

function textOf(value: unknown): string {
  try {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  } catch {
    return Object.prototype.toString.call(value);
  }
}
