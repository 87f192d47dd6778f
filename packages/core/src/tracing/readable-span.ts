import { fromDatadogSpan, isDatadogSpan } from './datadog-span.ts';
import type { ReadableSpan } from './opentelemetry-types.ts';
import { RecordingSpan } from './recording/recording-span.ts';
import { carryCorrelationId } from './span-correlation.ts';

/**
 * What an ended span is stored from: the span itself, or for a provider whose spans are not OpenTelemetry's (dd-trace) what can
 * be read of it. Undefined where it cannot be read: one such span would fail the whole batch.
 */
export function toReadableSpan(span: object): ReadableSpan | undefined {
  if (span instanceof RecordingSpan) {
    return span;
  }
  try {
    if (isReadable(span)) {
      return span;
    }
    if (isDatadogSpan(span)) {
      const readable = fromDatadogSpan(span);
      carryCorrelationId(span, readable);
      return readable;
    }
  } catch {
    // A provider's span that throws when it is read.
  }
  return undefined;
}

function isReadable(span: object): span is ReadableSpan {
  const { attributes, status, resource, events, links } = span as Partial<ReadableSpan>;
  return (
    attributes !== undefined &&
    status !== undefined &&
    resource?.attributes !== undefined &&
    Array.isArray(events) &&
    Array.isArray(links)
  );
}
