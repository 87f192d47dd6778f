import { isError } from '../../errors/is-error.ts';
import type { Attributes } from '../opentelemetry-types.ts';

/**
 * What was thrown, whatever it is, as the attributes of an `exception` event; what is missing is left out.
 * @source https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
 */
export function exceptionToAttributes(exception: unknown): Attributes {
  if (!isError(exception)) {
    const { code, name, message, stack } = Object(exception) as Partial<Error> & { code?: unknown };
    return typeof exception === 'string'
      ? { 'exception.message': exception }
      : textAttributes({
          'exception.type': code ?? name,
          'exception.message': message,
          'exception.stacktrace': stack,
        });
  }
  const { code } = exception as { code?: unknown };
  return textAttributes({
    'exception.type': code || exception.name,
    'exception.message': exception.message,
    'exception.stacktrace': exception.stack,
  });
}

function textAttributes(values: Record<string, unknown>): Attributes {
  const attributes: Attributes = {};
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== '') {
      attributes[key] = String(value);
    }
  }
  return attributes;
}
