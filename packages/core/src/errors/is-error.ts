import { isNativeError } from 'node:util/types';

/**
 * Whether a value is an error, of whatever realm: in Jest, and in a `vm`, what Node itself throws (`fetch failed`, an abort) is
 * no instance of the `Error` that the code there sees.
 *
 * @param value anything that was thrown; never throws, whatever it is
 * @example
 * ```ts
 * const message = isError(reason) ? reason.message : String(reason);
 * ```
 */
export function isError(value: unknown): value is Error {
  return value instanceof Error || isNativeError(value) || tagOf(value) === '[object DOMException]';
}

function tagOf(value: unknown): string {
  try {
    return Object.prototype.toString.call(value);
  } catch {
    // A proxy that has been revoked, a tag that throws.
    return '';
  }
}
