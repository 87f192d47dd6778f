import { parseBaggage } from '../propagation/baggage.ts';
import type { BaggageEntry } from '../propagation/baggage.ts';
import { isCorrelationId } from '../propagation/correlation-id-format.ts';
import { parseTraceparent } from '../propagation/traceparent.ts';
import type { Traceparent } from '../propagation/traceparent.ts';
import { parseTracestate } from '../propagation/tracestate.ts';

/** Headers of a request, a `Headers` or `Map`, or what came back from a jsonb column. */
export type TraceCarrier =
  | Headers
  | ReadonlyMap<string, string>
  | { readonly [name: string]: string | readonly string[] | undefined }
  | null
  | undefined;

/** What a carrier says, checked; what is invalid is absent. */
export interface IncomingTrace {
  traceparent?: Traceparent;
  tracestate?: string;
  baggage: BaggageEntry[];
  correlationId?: string;
}

/** Headers a correlation ID is taken from, in this order. */
export const CORRELATION_HEADERS: readonly string[] = ['x-correlation-id', 'x-request-id'];

/** Reads a carrier; names are compared without regard to case. Never throws. */
export function readTraceCarrier(
  carrier: TraceCarrier,
  correlationHeaders: readonly string[] = CORRELATION_HEADERS,
): IncomingTrace {
  const get = carrierGetter(carrier);
  const traceparent = parseTraceparent(get('traceparent'));
  const tracestate = traceparent === undefined ? undefined : parseTracestate(toTexts(get('tracestate')));
  const correlationId = correlationHeaders.map(get).find(isCorrelationId);
  return {
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
    baggage: parseBaggage(toTexts(get('baggage'))),
    ...(correlationId === undefined ? {} : { correlationId }),
  };
}

function carrierGetter(carrier: TraceCarrier): (name: string) => unknown {
  if (typeof carrier !== 'object' || carrier === null) {
    return () => undefined;
  }
  if (carrier instanceof Map || (typeof Headers === 'function' && carrier instanceof Headers)) {
    const source = carrier as ReadonlyMap<string, string>;
    return (name) => source.get(name) ?? undefined;
  }
  const source = carrier as Record<string, unknown>;
  let lowered: Map<string, string> | undefined;
  return (name) => {
    if (Object.hasOwn(source, name)) {
      return source[name];
    }
    lowered ??= new Map(Object.keys(source).map((key) => [key.toLowerCase(), key]));
    const key = lowered.get(name);
    return key === undefined ? undefined : source[key];
  };
}

function toTexts(value: unknown): string | string[] | undefined {
  if (typeof value === 'string') {
    return value;
  }
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}
