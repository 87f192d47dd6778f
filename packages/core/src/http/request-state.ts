import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IncomingTrace } from '../tracing/trace-carrier.ts';
import type { TracingContext } from '../tracing/tracing-context.ts';

/** What this library knows about a request. */
export interface RequestState {
  correlationId: string;
  incoming: IncomingTrace;
  /** Runs `work` in the context of the request. */
  run<Result>(work: () => Result): Result;
  /** True when the request is left out of spans and metrics. */
  excluded?: boolean;
  /** The server span's operation; absent while only the correlation ID is handled. */
  operation?: TracingContext | undefined;
  response: ServerResponse;
  /** The first error an error handler or exception filter has seen. */
  error?: unknown;
  /** True when the error came after the headers were sent and while the client was still there. */
  failedMidway?: boolean;
  /** True where the prototypes of request and response bind their listeners to this state; see `holdEmitterBinding`. */
  isBound?: boolean;
  /** Called when the response closes, where `isBound`. */
  close?(): void;
  /** Called behind its last listener: only the correlation ID is asked for from now on. */
  release?(): void;
  /** Called when the head of the response is about to be written, where `isBound`: what `writeHead` gets instead of `args`. */
  toHead?(args: readonly unknown[]): readonly unknown[];
}

/** What is kept on a request, in one property: V8 copies all the others for each that is added. */
export interface RequestSlot {
  state?: RequestState | undefined;
  /** What an adapter keeps. */
  adapter?: unknown;
}

// A symbol on the raw request: frameworks wrap requests, and middleware may run twice for one.
const SLOT: unique symbol = Symbol.for('pg-observability.request');

/** The state of a request; undefined when no middleware of ours has seen it. */
export function requestState(request: IncomingMessage): RequestState | undefined {
  return (request as { [SLOT]?: RequestSlot })[SLOT]?.state;
}

/**
 * For adapters: the one place on a request for what this library keeps.
 *
 * @param request the raw request of node:http
 * @param isMade true makes the place where there is none yet
 * @returns undefined where there is none, and `isMade` is not true
 */
export function requestSlot(request: object, isMade = false): RequestSlot | undefined {
  const holder = request as { [SLOT]?: RequestSlot };
  if (isMade) {
    holder[SLOT] ??= { state: undefined, adapter: undefined };
  }
  return holder[SLOT];
}

/**
 * Lets go of what was needed while the request was answered. A request outlives its answer by some collections of garbage, and
 * all that hangs on it would be copied each time.
 */
export function releaseRequest(request: IncomingMessage): void {
  const slot = requestSlot(request);
  if (slot !== undefined) {
    slot.adapter = undefined;
    slot.state?.release?.();
  }
}

/** @internal */
export function setRequestState(request: IncomingMessage, state: RequestState): void {
  (requestSlot(request, true) as RequestSlot).state = state;
}

/**
 * Notes the error of a request, so that its span and its metric name it; the first one counts. Safe to call for any request.
 *
 * @param request the raw request of node:http
 * @param error what was thrown; anything can be
 * @example `recordRequestError(request, error);`
 */
export function recordRequestError(request: IncomingMessage, error: unknown): void {
  const state = requestState(request);
  if (state !== undefined && state.error === undefined) {
    state.error = error ?? new Error('Rejected without a reason.');
    state.failedMidway = state.response.headersSent && !request.socket.destroyed;
  }
}

/**
 * The correlation ID of a request.
 *
 * @param request the raw request of node:http
 * @returns undefined when no middleware of ours has seen it
 */
export function requestCorrelationId(request: IncomingMessage): string | undefined {
  return requestState(request)?.correlationId;
}

/**
 * Leaves a request out of spans and metrics although its span may be open already: for probes that are mounted behind the
 * request telemetry. Safe to call for any request.
 *
 * @param request the raw request of node:http
 */
export function excludeRequest(request: IncomingMessage): void {
  const state = requestState(request);
  if (state !== undefined) {
    state.excluded = true;
  }
}
