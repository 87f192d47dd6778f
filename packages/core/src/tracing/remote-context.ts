import type * as OpenTelemetryApi from '@opentelemetry/api';
import type { IncomingTrace } from './trace-carrier.ts';

/** The OpenTelemetry context that makes the next span a child of what came in. */
export function toRemoteContext(
  api: typeof OpenTelemetryApi,
  base: OpenTelemetryApi.Context,
  incoming: IncomingTrace,
): OpenTelemetryApi.Context {
  let context = base;
  if (incoming.traceparent !== undefined) {
    context = api.trace.setSpanContext(context, {
      traceId: incoming.traceparent.traceId,
      spanId: incoming.traceparent.spanId,
      traceFlags: incoming.traceparent.flags,
      isRemote: true,
      ...(incoming.tracestate === undefined ? {} : { traceState: api.createTraceState(incoming.tracestate) }),
    });
  }
  if (incoming.baggage.length > 0) {
    const entries = incoming.baggage.map(({ key, value, properties }) => {
      const metadata =
        properties === undefined ? {} : { metadata: api.baggageEntryMetadataFromString(properties) };
      return [key, { value, ...metadata }] as const;
    });
    context = api.propagation.setBaggage(context, api.propagation.createBaggage(Object.fromEntries(entries)));
  }
  return context;
}
