import type { BaggageEntry as OpenTelemetryEntry } from '@opentelemetry/api';
import type { BaggageEntry } from '../propagation/baggage.ts';

/** A member of OpenTelemetry's baggage, with its properties, as the W3C header has it. */
export function fromOpenTelemetryEntry([key, { value, metadata }]: [
  string,
  OpenTelemetryEntry,
]): BaggageEntry {
  const properties = metadata?.toString();
  return properties === undefined || properties === '' ? { key, value } : { key, value, properties };
}
