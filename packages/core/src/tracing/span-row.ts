import { cleanAttributes } from '../sanitize/clean-json.ts';
import type { JsonValue } from '../sanitize/clean-json.ts';
import { cleanText } from '../sanitize/clean-text.ts';
import { redactText } from '../sanitize/redact.ts';
import type { Redact } from '../sanitize/redact.ts';
import type { HrTime, ReadableSpan, RecordedLink, TimedEvent } from './opentelemetry-types.ts';
import { spanCorrelationId } from './span-correlation.ts';

/** A row of `observability.spans` as it goes into the insert. Times are whole microseconds since 1970. */
export interface SpanRow {
  start_us: number;
  end_us: number;
  duration_ns: number;
  resource_id: string;
  scope_id: string;
  dropped_attributes_count: number | null;
  dropped_events_count: number | null;
  dropped_links_count: number | null;
  parent_is_remote: boolean | null;
  trace_id: string;
  span_id: string;
  parent_span_id: string | null;
  kind: string;
  status: string;
  operation_name: string;
  service_name: string;
  status_message: string | null;
  correlation_id: string | null;
  trace_state: string | null;
  attributes: Record<string, JsonValue>;
  events: JsonValue[] | null;
  links: JsonValue[] | null;
}

const KINDS = ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
const STATUSES = ['UNSET', 'OK', 'ERROR'] as const;
const MAX_NAME_LENGTH = 1_024;
const MAX_MESSAGE_LENGTH = 16_384;
// duration_ns is a bigint, but a JSON number is exact only up to here: 104 days.
const MAX_DURATION_NS = Number.MAX_SAFE_INTEGER;

/** What a span row takes from its resource and scope. */
export interface SpanOrigin {
  resourceId: string;
  scopeId: string;
  serviceName: string;
}

/** Maps a finished span to its row: text mended, values redacted, times cut to microseconds. */
export function spanToRow(span: ReadableSpan, origin: SpanOrigin, redact: Redact): SpanRow {
  const context = span.spanContext();
  const parent = span.parentSpanContext;
  const start = hrTimeToMicroseconds(span.startTime);
  return {
    start_us: start,
    // A clock that was set back must not give an end before the start.
    end_us: Math.max(start, hrTimeToMicroseconds(span.endTime)),
    duration_ns: hrTimeToNanoseconds(span.duration),
    resource_id: origin.resourceId,
    scope_id: origin.scopeId,
    dropped_attributes_count: span.droppedAttributesCount || null,
    dropped_events_count: span.droppedEventsCount || null,
    dropped_links_count: span.droppedLinksCount || null,
    parent_is_remote: parent?.isRemote === true ? true : null,
    trace_id: context.traceId,
    span_id: context.spanId,
    parent_span_id: parent?.spanId ?? null,
    kind: KINDS[span.kind] ?? 'INTERNAL',
    status: STATUSES[span.status.code] ?? 'UNSET',
    operation_name: cleanText(redactText(String(span.name)), MAX_NAME_LENGTH) || 'unnamed',
    service_name: origin.serviceName,
    status_message: messageToText(span.status.message),
    correlation_id: spanCorrelationId(span),
    trace_state:
      context.traceState === undefined ? null : cleanText(context.traceState.serialize(), 512) || null,
    attributes: cleanAttributes(span.attributes, { redact }),
    events: span.events.length === 0 ? null : span.events.map((event) => eventToJson(event, redact)),
    links: span.links.length === 0 ? null : span.links.map((link) => linkToJson(link, redact)),
  };
}

/** Epoch milliseconds of the start, by which the partition is found. */
export function spanStartMs(span: ReadableSpan): number {
  return span.startTime[0] * 1e3 + span.startTime[1] / 1e6;
}

function eventToJson(event: TimedEvent, redact: Redact): JsonValue {
  const time = new Date(hrTimeToMicroseconds(event.time) / 1e3);
  return {
    name: cleanText(redactText(String(event.name)), MAX_NAME_LENGTH),
    time: Number.isNaN(time.getTime()) ? null : time.toISOString(),
    attributes: cleanAttributes(event.attributes ?? {}, { redact }),
  };
}

function linkToJson(link: RecordedLink, redact: Redact): JsonValue {
  return {
    trace_id: cleanText(String(link.context.traceId), 32),
    span_id: cleanText(String(link.context.spanId), 16),
    attributes: cleanAttributes(link.attributes ?? {}, { redact }),
  };
}

function messageToText(message: string | undefined): string | null {
  return message === undefined || message === '' ? null : cleanText(redactText(message), MAX_MESSAGE_LENGTH);
}

function hrTimeToMicroseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1e6 + Math.floor(nanoseconds / 1e3);
}

function hrTimeToNanoseconds([seconds, nanoseconds]: HrTime): number {
  const total = seconds * 1e9 + Math.round(nanoseconds);
  return Number.isFinite(total) ? Math.min(Math.max(0, total), MAX_DURATION_NS) : 0;
}
