import { ambientContext } from '../context/ambient-context.ts';
import type { AmbientContext } from '../context/ambient-context.ts';
import { currentCorrelationId } from '../context/correlation-id.ts';
import { formatBaggage, parseBaggage } from '../propagation/baggage.ts';
import type { BaggageEntry } from '../propagation/baggage.ts';
import { formatTraceparent } from '../propagation/traceparent.ts';
import { fromOpenTelemetryEntry } from './baggage-entry.ts';
import { loadApi } from './optional-opentelemetry.ts';

const RANDOM_FLAG = 0x02;

/**
 * The headers that carry the current trace to another service or into a row: `traceparent`, `tracestate`, `baggage` and
 * `x-correlation-id`, each only where there is one. For any HTTP client, message, or jsonb column; `continueTrace` reads them.
 *
 * @source https://www.w3.org/TR/trace-context-2/ and https://www.w3.org/TR/baggage/
 * @example `await fetch(url, { headers: { ...propagationHeaders(), accept: 'application/json' } });`
 */
export function propagationHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  const trace = activeTraceHeaders();
  if (trace !== undefined) {
    headers['traceparent'] = trace.traceparent;
    if (trace.tracestate !== undefined && trace.tracestate !== '') {
      headers['tracestate'] = trace.tracestate;
    }
  }
  const baggage = formatBaggage(activeBaggage());
  if (baggage !== undefined && baggage !== '') {
    headers['baggage'] = baggage;
  }
  const correlationId = currentCorrelationId();
  if (correlationId !== undefined) {
    headers['x-correlation-id'] = correlationId;
  }
  return headers;
}

interface TraceHeaders {
  traceparent: string;
  tracestate: string | undefined;
}

function activeTraceHeaders(): TraceHeaders | undefined {
  const ambient = ambientContext();
  const api = loadApi();
  const span = api?.trace.getActiveSpan()?.spanContext();
  if (api !== undefined && span !== undefined && api.isSpanContextValid(span)) {
    // SDKs know the sampled flag only; the random flag of a trace that came in with it is passed on here.
    const random = ambient?.randomTraceId === span.traceId ? RANDOM_FLAG : 0;
    const traceparent = formatTraceparent({ ...span, flags: span.traceFlags | random });
    return { traceparent, tracestate: span.traceState?.serialize() };
  }
  return ambientTraceHeaders(ambient);
}

// Without OpenTelemetry the trace is carried in our own context.
function ambientTraceHeaders(ambient: AmbientContext | undefined): TraceHeaders | undefined {
  if (ambient?.traceId === undefined || ambient.spanId === undefined) {
    return undefined;
  }
  const flags = ambient.traceFlags ?? 0;
  const traceparent = formatTraceparent({ traceId: ambient.traceId, spanId: ambient.spanId, flags });
  return { traceparent, tracestate: ambient.tracestate };
}

function activeBaggage(): BaggageEntry[] {
  const entries = loadApi()?.propagation.getActiveBaggage()?.getAllEntries();
  if (entries === undefined) {
    return parseBaggage(ambientContext()?.baggage);
  }
  return entries.map(fromOpenTelemetryEntry);
}
