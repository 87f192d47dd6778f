import { isTextWithin } from './assert-text.ts';
import { describeValue } from './describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { Redact } from '../sanitize/redact.ts';
import { createRedact } from '../sanitize/redact.ts';

/** Options of classes that record on behalf of a service. */
export interface RecordingOptions {
  /** Decides what may be recorded, after the default list; see `createRedact`. */
  redact?: Redact | undefined;
  /** Name of the service, for the rows it writes. Default: none. */
  serviceName?: string | undefined;
}

/**
 * The service's name, or null where none was given.
 * @throws `INVALID_OPTION` when it is not text of 1 to 256 characters
 */
export function resolveServiceName(serviceName: unknown): string | null {
  if (serviceName === undefined) {
    return null;
  }
  if (!isTextWithin(serviceName, 256)) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `serviceName is ${describeValue(serviceName)}; expected text of 1 to 256 characters, for example 'orders'.`,
    );
  }
  return serviceName;
}

/**
 * The default list, followed by the application's function where there is one.
 * @throws `INVALID_OPTION` when it is not a function
 */
export function resolveRedact(redact: unknown): Redact {
  if (redact !== undefined && typeof redact !== 'function') {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `redact is ${describeValue(redact)}; expected a function (key, value) => value.`,
    );
  }
  return createRedact(redact as Redact | undefined);
}

/**
 * Refuses options that are no object.
 * @param owner - name of the class they are for
 * @throws `INVALID_OPTION`
 */
export function assertOptions(options: unknown, owner: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `The options of ${owner} are ${describeValue(options)}; expected an object such as { serviceName: 'orders' }, or nothing.`,
    );
  }
}
