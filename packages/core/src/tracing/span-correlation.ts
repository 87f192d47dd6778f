import { ambientContext } from '../context/ambient-context.ts';
import { isCorrelationId } from '../propagation/correlation-id-format.ts';
import type { ReadableSpan } from './opentelemetry-types.ts';
import { RecordingSpan } from './recording/recording-span.ts';

// On a span of somebody else's: an entry in a WeakMap for each span is what a garbage collection takes longest for.
const CORRELATION_ID: unique symbol = Symbol.for('pg-observability.correlation-id');

interface CorrelatedSpan {
  [CORRELATION_ID]?: string;
}

function notedCorrelationId(span: object): string | undefined {
  return span instanceof RecordingSpan ? span.correlationId : (span as CorrelatedSpan)[CORRELATION_ID];
}

/** Remembers under which correlation ID a span started; called while the context of the request is active. */
export function noteCorrelationId(span: object): void {
  // Known already: asking for the context costs some microseconds on Node.js 20.
  if (notedCorrelationId(span) !== undefined) {
    return;
  }
  const correlationId = ambientContext()?.correlationId;
  if (correlationId !== undefined) {
    setSpanCorrelationId(span, correlationId);
  }
}

/** Sets the correlation ID of a span that was started before its context was entered. */
export function setSpanCorrelationId(span: object, correlationId: string): void {
  if (span instanceof RecordingSpan) {
    span.correlationId = correlationId;
  } else {
    (span as CorrelatedSpan)[CORRELATION_ID] = correlationId;
  }
}

/** Tells that the correlation ID of a span is its trace ID. */
export const SAME_AS_TRACE = '';

/** Gives `copy`, which stands for `span`, the correlation ID noted for it. */
export function carryCorrelationId(span: object, copy: object): void {
  const correlationId = notedCorrelationId(span);
  if (correlationId !== undefined) {
    setSpanCorrelationId(copy, correlationId);
  }
}

/**
 * The correlation ID of a finished span where it differs from the trace ID. A span that came through somebody else's
 * processor was not noted; there the attribute `correlation.id` counts.
 */
export function spanCorrelationId(span: ReadableSpan): string | null {
  const correlationId: unknown = notedCorrelationId(span) ?? span.attributes['correlation.id'];
  return isCorrelationId(correlationId) && correlationId !== span.spanContext().traceId
    ? correlationId
    : null;
}
