import type { ServerResponse } from 'node:http';
import type { AmbientContext } from '../context/ambient-context.ts';
import { loadApi } from '../tracing/optional-opentelemetry.ts';
import { errorType, recordError } from '../tracing/record-error.ts';
import { RecordingTracer } from '../tracing/recording/recording-tracer.ts';
import { toRemoteContext } from '../tracing/remote-context.ts';
import type { IncomingTrace } from '../tracing/trace-carrier.ts';
import type { Span, Tracer } from '../tracing/opentelemetry-types.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { TracingContext } from '../tracing/tracing-context.ts';
import { borrowServerSpan, datadogContext } from './borrow-server-span.ts';
import { serverSpanName } from './http-attributes.ts';
import type { HttpRequestFacts } from './http-attributes.ts';
import type { RequestState } from './request-state.ts';

const SERVER_KIND = 1;
const ERROR_STATUS = 2;
const CLIENT_CLOSED_REQUEST = 499;

/** How a request ended. */
export interface RequestOutcome {
  status: number;
  /** The route's pattern; undefined when none matched. */
  route: string | undefined;
  /** `error.type`: class of the error, else the status; undefined when nothing failed. */
  failure: string | undefined;
}

/**
 * Starts the server span as a child of what came in, never of what happens to be active on a keep-alive socket. Where the
 * application's own SDK has started a server span for this request, that one is used, and left to the SDK to end.
 */
export function openServerOperation(
  facts: HttpRequestFacts,
  incoming: IncomingTrace,
  ambient: AmbientContext,
  tracer: Tracer,
): TracingContext {
  const api = loadApi();
  const tracing = ambient.tracing as Tracing | undefined;
  const borrowedSpan = borrowServerSpan(tracing);
  const parent =
    api === undefined || borrowedSpan !== undefined
      ? undefined
      : (datadogContext(tracing) ??
        // Whatever is active on the socket belongs to another request.
        toRemoteContext(api, api.ROOT_CONTEXT, incoming));
  const name = serverSpanName(facts.method, undefined);
  if (parent !== undefined && tracer instanceof RecordingTracer) {
    const options = { kind: SERVER_KIND, attributes: facts.attributes };
    const span = tracer.startOwnSpan(name, options, parent, ambient.correlationId);
    return new TracingContext(name, undefined, { parent, ambient, span });
  }
  const options = { kind: SERVER_KIND };
  return new TracingContext(name, facts.attributes, { parent, ambient, borrowedSpan, tracer, options });
}

/** Puts the outcome on the server span and ends it. @param spanName with the route, where there is one */
export function endServerOperation(
  { operation, error }: RequestState,
  outcome: RequestOutcome,
  spanName: string,
): void {
  const span = operation?.span;
  if (operation === undefined) {
    return;
  }
  try {
    if (span !== undefined) {
      describeOutcome(span, outcome, spanName, error);
    }
  } catch {
    // A span of the application's own SDK that throws must not keep the operation from ending.
  }
  operation.end();
}

function describeOutcome(
  span: Span,
  { status, route, failure }: RequestOutcome,
  spanName: string,
  error: unknown,
): void {
  span.setAttribute('http.response.status_code', status);
  if (route !== undefined) {
    span.setAttribute('http.route', route);
    span.updateName(spanName);
  }
  if (failure === undefined) {
    return;
  }
  span.setAttribute('error.type', failure);
  if (error === undefined) {
    span.setStatus({ code: ERROR_STATUS });
  } else {
    recordError(span, error);
  }
}

/** The outcome of a request whose response has closed. */
export function requestOutcome(state: RequestState, route: string | undefined): RequestOutcome {
  const { response, error, failedMidway } = state;
  const isWhole = wasSentWhole(response);
  const isBrokenOff = failedMidway === true && !isWhole;
  // `close` without `finish`: the client has gone, whatever status was meant. Unless the server itself gave up halfway: then
  // the status the client saw stays, and the error says the rest.
  const status = isWhole || isBrokenOff ? response.statusCode : CLIENT_CLOSED_REQUEST;
  // A 4xx is a failure of the client.
  const hasFailed = status >= 500 || isBrokenOff;
  const failure = error === undefined ? String(status) : errorType(error);
  return { status, route, failure: hasFailed ? failure : undefined };
}

// Over HTTP/2 `writableFinished` is true for every closed response; there a reset tells that the answer is not whole.
function wasSentWhole(response: ServerResponse): boolean {
  const { stream } = response as { stream?: { rstCode?: number } };
  return response.writableFinished && (stream?.rstCode ?? 0) === 0;
}
