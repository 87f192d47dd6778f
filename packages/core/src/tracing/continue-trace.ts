import { ambientContext } from '../context/ambient-context.ts';
import type { AmbientContext } from '../context/ambient-context.ts';
import { formatBaggage } from '../propagation/baggage.ts';
import { currentTracing } from './current-tracer.ts';
import type { Attributes } from './opentelemetry-types.ts';
import { loadApi } from './optional-opentelemetry.ts';
import { toRemoteContext } from './remote-context.ts';
import { readTraceCarrier } from './trace-carrier.ts';
import type { IncomingTrace, TraceCarrier } from './trace-carrier.ts';
import { TracingContext } from './tracing-context.ts';
import { runOperation } from './with-tracing-context.ts';

const RANDOM_FLAG = 0x02;

/**
 * Runs `work` as a child of what the carrier says: the headers of a message, or the jsonb column that `propagationHeaders()`
 * was stored in. The correlation ID of the carrier is current inside. What is missing or invalid in the carrier is passed
 * over; without a valid `traceparent` a new trace begins. `drain()` and `shutdown()` wait for it, no longer than
 * `drainTimeoutMs`.
 *
 * @example
 * ```ts
 * await continueTrace(row.trace_headers, 'fulfil order', { 'order.id': row.id }, async () => fulfil(row));
 * ```
 */
export function continueTrace<Result>(
  carrier: TraceCarrier,
  operationName: string,
  work: (context: TracingContext) => Result | Promise<Result>,
): Promise<Result>;
export function continueTrace<Result>(
  carrier: TraceCarrier,
  operationName: string,
  attributes: Attributes | undefined,
  work: (context: TracingContext) => Result | Promise<Result>,
): Promise<Result>;
export function continueTrace<Result>(
  carrier: TraceCarrier,
  operationName: string,
  attributesOrWork: Attributes | undefined | ((context: TracingContext) => Result | Promise<Result>),
  maybeWork?: (context: TracingContext) => Result | Promise<Result>,
): Promise<Result> {
  const [attributes, work] =
    typeof attributesOrWork === 'function' ? [undefined, attributesOrWork] : [attributesOrWork, maybeWork];
  const incoming = readTraceCarrier(carrier);
  const ambient = incomingToAmbient(incoming, ambientContext());
  const api = loadApi();
  const parent =
    api === undefined
      ? undefined
      : toRemoteContext(api, api.trace.deleteSpan(api.context.active()), incoming);
  const onEnd = currentTracing()?.operations.enter();
  return runOperation(new TracingContext(operationName, attributes, { parent, ambient, onEnd }), work);
}

/** The ambient context of a request or job that came with `incoming`. */
export function incomingToAmbient(incoming: IncomingTrace, base: AmbientContext | undefined): AmbientContext {
  const { traceparent } = incoming;
  return {
    tracing: base?.tracing,
    correlationId: incoming.correlationId,
    ...(traceparent === undefined
      ? {}
      : { traceId: traceparent.traceId, spanId: traceparent.spanId, traceFlags: traceparent.flags }),
    randomTraceId:
      traceparent !== undefined && (traceparent.flags & RANDOM_FLAG) !== 0 ? traceparent.traceId : undefined,
    tracestate: incoming.tracestate,
    baggage: incoming.baggage.length === 0 ? undefined : formatBaggage(incoming.baggage),
  };
}
