import type { IncomingMessage } from 'node:http';
import type { AmbientContext } from '../context/ambient-context.ts';
import type { IncomingTrace } from '../tracing/trace-carrier.ts';
import type { TracingContext } from '../tracing/tracing-context.ts';

/** What this library knows about a request. */
export interface RequestState {
  correlationId: string;
  incoming: IncomingTrace;
  /** The context its code runs in. */
  ambient: AmbientContext;
  /** True when the request is left out of spans and metrics. */
  excluded?: boolean;
  /** The server span's operation; absent while only the correlation ID is handled. */
  operation?: TracingContext;
  /** The first error an error handler or exception filter has seen. */
  error?: unknown;
}

// A symbol on the raw request: frameworks wrap requests, and middleware may run twice for one.
const STATE: unique symbol = Symbol.for('pg-observability.request');

/** The state of a request; undefined when no middleware of ours has seen it. */
export function requestState(request: IncomingMessage): RequestState | undefined {
  return (request as { [STATE]?: RequestState })[STATE];
}

/** @internal */
export function setRequestState(request: IncomingMessage, state: RequestState): void {
  (request as { [STATE]?: RequestState })[STATE] = state;
}

/** Notes the error of a request, so that its span and its metric name it. Safe to call for any request. */
export function recordRequestError(request: IncomingMessage, error: unknown): void {
  const state = requestState(request);
  if (state !== undefined && state.error === undefined) {
    state.error = error ?? new Error('Rejected without a reason.');
  }
}

/** The correlation ID of a request; undefined when no middleware of ours has seen it. */
export function requestCorrelationId(request: IncomingMessage): string | undefined {
  return requestState(request)?.correlationId;
}
