import { validateHeaderName } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ObservabilityError } from '../errors/observability-error.ts';
import { CORRELATION_HEADERS, readTraceCarrier } from '../tracing/trace-carrier.ts';
import type { IncomingTrace } from '../tracing/trace-carrier.ts';
import { keepRepeatedHeaders } from './keep-repeated-headers.ts';

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

/** {@link CorrelationOptions} checked, with their defaults. */
export interface ResolvedCorrelation {
  readonly trustIncoming: TrustIncoming;
  readonly requestHeaders: readonly string[];
  readonly responseHeader: string | false;
}

/** What a request brings that brings nothing, or is not trusted. */
export const NOTHING_INCOMING: IncomingTrace = Object.freeze({ baggage: [] });

/**
 * Checks the options and fills the defaults in. Names of request headers become lower case, as Node delivers them.
 * @throws `INVALID_OPTION` with what came and what is expected
 */
export function resolveCorrelation(options: CorrelationOptions): ResolvedCorrelation {
  const {
    trustIncoming = true,
    requestHeaders = CORRELATION_HEADERS,
    responseHeader = 'x-correlation-id',
  } = options;
  if (typeof trustIncoming !== 'boolean' && typeof trustIncoming !== 'function') {
    throw invalid('trustIncoming', trustIncoming, 'true, false or a function of the request');
  }
  if (!Array.isArray(requestHeaders) || !requestHeaders.every(isHeaderName)) {
    throw invalid('requestHeaders', requestHeaders, "a list of header names, for example ['x-request-id']");
  }
  if (responseHeader !== false && !isHeaderName(responseHeader)) {
    throw invalid(
      'responseHeader',
      responseHeader,
      "a header name, for example 'x-request-id', or false for none",
    );
  }
  const lowered = (requestHeaders as readonly string[]).map((name) => name.toLowerCase());
  return Object.freeze({ trustIncoming, requestHeaders: Object.freeze(lowered), responseHeader });
}

/** Reads what a request brings, where it is trusted. A trust function that throws counts as no. */
export function readIncoming(request: IncomingMessage, options: ResolvedCorrelation): IncomingTrace {
  return bringsAnything(request.headers, options) && isTrusted(request, options.trustIncoming)
    ? readTraceCarrier(request.headers, options.requestHeaders)
    : NOTHING_INCOMING;
}

// Most requests of browsers and strangers bring none of it.
function bringsAnything(
  headers: IncomingMessage['headers'],
  { requestHeaders }: ResolvedCorrelation,
): boolean {
  if (headers['traceparent'] !== undefined || headers['baggage'] !== undefined) {
    return true;
  }
  for (const name of requestHeaders) {
    if (headers[name] !== undefined) {
      return true;
    }
  }
  return false;
}

/** Puts the ID on the response, unless the headers are on their way already. */
export function echoCorrelationId(
  response: ServerResponse,
  correlationId: string,
  responseHeader: string | false,
): void {
  if (responseHeader !== false && !response.headersSent) {
    response.setHeader(responseHeader, correlationId);
    keepRepeatedHeaders(response, responseHeader);
  }
}

function isTrusted(request: IncomingMessage, trust: TrustIncoming): boolean {
  try {
    return typeof trust === 'function' ? trust(request) === true : trust;
  } catch {
    return false;
  }
}

function isHeaderName(name: unknown): name is string {
  try {
    validateHeaderName(name as string);
    return true;
  } catch {
    return false;
  }
}

function invalid(name: string, value: unknown, expected: string): ObservabilityError {
  const got =
    typeof value === 'string'
      ? JSON.stringify(value.slice(0, 40))
      : Array.isArray(value)
        ? 'a list'
        : typeof value;
  return new ObservabilityError('INVALID_OPTION', `${name} is ${got}; expected ${expected}.`);
}
