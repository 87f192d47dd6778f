import type { IncomingMessage } from 'node:http';
import { ambientContext } from '../context/ambient-context.ts';
import { recordRequestError } from './request-state.ts';

/**
 * Notes the error of the HTTP request that the code running now answers, for frameworks whose error hooks hand over no
 * request. Does nothing outside of a request; the first error counts.
 *
 * @param error what was thrown; anything can be
 * @example `recordCurrentRequestError(error);`
 */
export function recordCurrentRequestError(error: unknown): void {
  const request = ambientContext()?.request;
  if (request !== undefined) {
    recordRequestError(request as IncomingMessage, error);
  }
}
