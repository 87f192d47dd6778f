import { isSpanId } from '../propagation/traceparent.ts';
import { datadogParent, noteDatadogParent } from './datadog-parents.ts';
import type { HrTime, ReadableSpan, RecordedLink, SpanContext, TimedEvent } from './opentelemetry-types.ts';

/** What dd-trace 5 and 6 keep of a span, behind the one that OpenTelemetry's API made. */
interface DatadogRecord {
  context(): { _tags?: Tags; _spanId?: { toString(radix: number): string } };
  _duration?: number;
  _events?: { name: string; attributes?: Tags; startTime: number }[];
  _links?: { context: DatadogContext; attributes?: Tags }[];
}

type Tags = Record<string | symbol, unknown>;

interface DatadogContext {
  toTraceId(isWhole: boolean): string;
  toSpanId(isHex: boolean): string;
}

/** A span as dd-trace's TracerProvider gives it to processors: without attributes, status, events and resource. */
export interface DatadogSpan {
  readonly name: string;
  readonly kind: number;
  readonly startTime: HrTime;
  readonly parentSpanId?: string | null;
  readonly instrumentationLibrary?: { name: string; version?: string };
  readonly _ddSpan: DatadogRecord;
  spanContext(): SpanContext;
}

const SERVER_KIND = 1;
const STATUS_ERROR = 2;
const ERROR_MESSAGE = 'error.message';
// Set where OpenTelemetry's setStatus was called with ERROR: an exception alone does not make a span fail.
const IGNORES_ERROR = 'ignore.otel.error';
const RESOURCE_TAGS: Readonly<Record<string, string>> = {
  'service.name': 'service.name',
  version: 'service.version',
  env: 'deployment.environment.name',
  'runtime-id': 'service.instance.id',
};
// What dd-trace adds for its own service, and what has a place of its own in a row.
const OWN_TAGS = new Set(['service', 'resource.name', 'span.kind', ERROR_MESSAGE, 'error.stack', 'error']);

/** True for spans of dd-trace's TracerProvider. */
export function isDatadogSpan(span: object): span is DatadogSpan {
  const record: unknown = (span as Partial<DatadogSpan>)._ddSpan;
  return typeof (record as Partial<DatadogRecord> | undefined)?.context === 'function';
}

/** Remembers what can only be known when a span of dd-trace starts; does nothing for other spans. */
export function noteDatadogSpan(span: object): void {
  if (isDatadogSpan(span)) {
    noteDatadogParent(span._ddSpan, span.kind === SERVER_KIND);
  }
}

/**
 * Reads an ended span of dd-trace as OpenTelemetry's SDK would have given it. Done at its end, because dd-trace reuses what is
 * behind the span.
 */
export function fromDatadogSpan(span: DatadogSpan): ReadableSpan {
  const { _ddSpan: record } = span;
  const tags = record.context()._tags ?? {};
  const spanContext = span.spanContext();
  const parentSpanContext = toParent(spanContext, datadogParent(record) ?? span.parentSpanId);
  const durationMs = record._duration ?? 0;
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => spanContext,
    ...(parentSpanContext === undefined ? {} : { parentSpanContext }),
    startTime: span.startTime,
    endTime: toHrTime(span.startTime[0] * 1e3 + span.startTime[1] / 1e6 + durationMs),
    duration: toHrTime(durationMs),
    status: toStatus(tags),
    attributes: toAttributes(tags),
    links: (record._links ?? []).map(toLink),
    events: (record._events ?? []).map(toEvent),
    ended: true,
    resource: { attributes: toResourceAttributes(tags) },
    instrumentationScope: span.instrumentationLibrary ?? { name: 'dd-trace' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function toParent(
  { traceId, traceFlags }: SpanContext,
  id: string | null | undefined,
): SpanContext | undefined {
  const spanId = id?.padStart(16, '0');
  return spanId !== undefined && isSpanId(spanId) ? { traceId, spanId, traceFlags } : undefined;
}

function toStatus(tags: Tags): ReadableSpan['status'] {
  const mark = Object.getOwnPropertySymbols(tags).find(({ description }) => description === IGNORES_ERROR);
  if (mark === undefined || tags[mark] !== false) {
    return { code: 0 };
  }
  const message = tags[ERROR_MESSAGE];
  return typeof message === 'string' ? { code: STATUS_ERROR, message } : { code: STATUS_ERROR };
}

function toAttributes(tags: Tags): Record<string, unknown> {
  // Datadog's name for the status is a copy that dd-trace makes.
  const isCopied = 'http.response.status_code' in tags;
  return Object.fromEntries(
    Object.entries(tags).filter(
      ([key]) =>
        !OWN_TAGS.has(key) &&
        !(key in RESOURCE_TAGS) &&
        !key.startsWith('_dd.') &&
        !(isCopied && key === 'http.status_code'),
    ),
  );
}

function toResourceAttributes(tags: Tags): Record<string, unknown> {
  const known = Object.entries(RESOURCE_TAGS).filter(([tag]) => tags[tag] !== undefined);
  return Object.fromEntries(known.map(([tag, name]) => [name, tags[tag]]));
}

function toLink({ context, attributes }: NonNullable<DatadogRecord['_links']>[number]): RecordedLink {
  const linked = { traceId: context.toTraceId(true), spanId: context.toSpanId(true), traceFlags: 0 };
  return { context: linked, attributes: attributes ?? {} };
}

function toEvent({ name, attributes, startTime }: NonNullable<DatadogRecord['_events']>[number]): TimedEvent {
  return { name, attributes: attributes ?? {}, time: toHrTime(startTime) };
}

function toHrTime(milliseconds: number): HrTime {
  const seconds = Math.trunc(milliseconds / 1e3);
  return [seconds, Math.round((milliseconds - seconds * 1e3) * 1e6)];
}
