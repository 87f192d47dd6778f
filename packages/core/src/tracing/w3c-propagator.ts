import type * as OpenTelemetryApi from '@opentelemetry/api';
import { formatBaggage } from '../propagation/baggage.ts';
import { formatTraceparent } from '../propagation/traceparent.ts';
import { fromOpenTelemetryEntry } from './baggage-entry.ts';
import { toRemoteContext } from './remote-context.ts';
import { readTraceCarrier } from './trace-carrier.ts';

/**
 * W3C Trace Context and Baggage for OpenTelemetry's global propagator, so that other instrumentations of the application
 * carry the same headers.
 */
export function createW3cPropagator(api: typeof OpenTelemetryApi): OpenTelemetryApi.TextMapPropagator {
  return {
    fields: () => ['traceparent', 'tracestate', 'baggage'],
    inject(context, carrier, setter) {
      const span = api.trace.getSpanContext(context);
      // Only what suppresses tracing keeps the headers off; an unsampled trace still travels.
      if (span !== undefined && api.isSpanContextValid(span)) {
        setter.set(carrier, 'traceparent', formatTraceparent({ ...span, flags: span.traceFlags }));
        const tracestate = span.traceState?.serialize();
        if (tracestate !== undefined && tracestate !== '') {
          setter.set(carrier, 'tracestate', tracestate);
        }
      }
      const entries = api.propagation.getBaggage(context)?.getAllEntries() ?? [];
      const baggage = formatBaggage(entries.map(fromOpenTelemetryEntry));
      if (baggage !== undefined && baggage !== '') {
        setter.set(carrier, 'baggage', baggage);
      }
    },
    extract(context, carrier, getter) {
      const read = (name: string): string | string[] | undefined => getter.get(carrier, name);
      return toRemoteContext(
        api,
        context,
        readTraceCarrier({
          traceparent: read('traceparent'),
          tracestate: read('tracestate'),
          baggage: read('baggage'),
        }),
      );
    },
  };
}
