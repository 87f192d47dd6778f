import type { IncomingMessage, ServerResponse } from 'node:http';
import { readTraceCarrier } from '../tracing/trace-carrier.ts';
import type { IncomingTrace } from '../tracing/trace-carrier.ts';

/** Whether what a request says about trace and correlation ID is used. */
export type TrustIncoming = boolean | ((request: IncomingMessage) => boolean);

/** Options about correlation IDs. */
export interface CorrelationOptions {
  /**
   * Whether incoming IDs, `traceparent` and `baggage` are used. Default true; set it to false, or to a function of the
   * request, where strangers reach the service directly.
   */
  trustIncoming?: TrustIncoming | undefined;
  /** Headers the ID is taken from, first match wins. Default `x-correlation-id`, `x-request-id`. */
  requestHeaders?: readonly string[] | undefined;
  /** Header the response carries the ID in; false for none. Default `x-correlation-id`. */
  responseHeader?: string | false | undefined;
}

const NOTHING: IncomingTrace = { baggage: [] };

/** Reads what a request brings, where it is trusted. A trust function that throws counts as no. */
export function readIncoming(request: IncomingMessage, options: CorrelationOptions): IncomingTrace {
  return isTrusted(request, options.trustIncoming ?? true)
    ? readTraceCarrier(request.headers, options.requestHeaders)
    : NOTHING;
}

/** Puts the ID on the response, unless the headers are on their way already. */
export function echoCorrelationId(
  response: ServerResponse,
  correlationId: string,
  responseHeader: string | false | undefined,
): void {
  if (responseHeader !== false && !response.headersSent) {
    response.setHeader(responseHeader ?? 'x-correlation-id', correlationId);
  }
}

function isTrusted(request: IncomingMessage, trust: TrustIncoming): boolean {
  try {
    return typeof trust === 'function' ? trust(request) === true : trust;
  } catch {
    return false;
  }
}
