import { isDatadogSpan } from '../tracing/datadog-span.ts';
import type { Context, Span } from '../tracing/opentelemetry-types.ts';
import { loadApi } from '../tracing/optional-opentelemetry.ts';
import type { Tracing } from '../tracing/tracing.ts';

const SERVER_KIND = 1;
// Where OpenTelemetry's http instrumentation keeps the server span for the instrumentation of frameworks, whose own span of a
// middleware is the active one (setRPCMetadata of @opentelemetry/core).
const RPC_METADATA = Symbol.for('OpenTelemetry SDK Context Key RPC_METADATA');
const borrowed = new WeakSet<object>();

/**
 * The server span that the application's own SDK has started for the request that comes in now, for example by its http
 * instrumentation; undefined where there is none. Each span is given away once, so that a request inside a request has its own.
 */
export function borrowServerSpan(tracing: Tracing | undefined): Span | undefined {
  if (tracing?.isForeign !== true) {
    return undefined;
  }
  const api = loadApi();
  const metadata = api?.context.active().getValue(RPC_METADATA) as { span?: Span } | undefined;
  const span = metadata?.span ?? api?.trace.getActiveSpan();
  // A span that has ended is left over from an earlier request on the socket.
  if (span === undefined || !span.isRecording() || !isServerSpan(span) || borrowed.has(span)) {
    return undefined;
  }
  borrowed.add(span);
  return span;
}

/**
 * The context in which dd-trace answers the request that comes in now; undefined elsewhere. Its own span of the request never
 * reaches a processor, so it cannot be borrowed: ours becomes a child of it, and Datadog shows one trace.
 */
export function datadogContext(tracing: Tracing | undefined): Context | undefined {
  if (tracing?.isForeign !== true) {
    return undefined;
  }
  const api = loadApi();
  const active = api?.context.active();
  const span = active === undefined ? undefined : api?.trace.getSpan(active);
  return span !== undefined && isDatadogSpan(span) && span.isRecording() ? active : undefined;
}

function isServerSpan(span: object): boolean {
  return (span as { kind?: unknown }).kind === SERVER_KIND;
}
