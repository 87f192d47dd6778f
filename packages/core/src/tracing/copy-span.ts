import type { ReadableSpan } from './opentelemetry-types.ts';
import { carryCorrelationId } from './span-correlation.ts';

/**
 * A copy of a finished span in which some fields are others. The span itself may belong to other processors, too. Copied by
 * name, because what the SDK's spans have is on their prototype.
 */
export function copySpan(span: ReadableSpan, changes: Partial<ReadableSpan>): ReadableSpan {
  const copy = {
    name: span.name,
    kind: span.kind,
    spanContext: () => span.spanContext(),
    ...(span.parentSpanContext === undefined ? {} : { parentSpanContext: span.parentSpanContext }),
    startTime: span.startTime,
    endTime: span.endTime,
    status: span.status,
    attributes: span.attributes,
    links: span.links,
    events: span.events,
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
    ...changes,
  };
  carryCorrelationId(span, copy);
  return copy;
}
