import { COPY_NULL, jsonToCopyField, textToCopyField } from '../ingest/copy-text.ts';
import type { OriginResource, OriginScope } from '../ingest/encoded-batch.ts';
import { TimestampEncoder } from '../ingest/timestamp-encoder.ts';
import { cleanAttributes } from '../sanitize/clean-json.ts';
import type { JsonValue } from '../sanitize/clean-json.ts';
import { cleanText } from '../sanitize/clean-text.ts';
import { redactText } from '../sanitize/redact.ts';
import type { Redact } from '../sanitize/redact.ts';
import { AttributeEncoder } from './attribute-encoder.ts';
import { resourceToRow, scopeToRow } from './interned-rows.ts';
import type {
  HrTime,
  InstrumentationScope,
  ReadableSpan,
  RecordedLink,
  Resource,
  TimedEvent,
} from './opentelemetry-types.ts';
import { spanCorrelationId } from './span-correlation.ts';

const KINDS = ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
const STATUSES = ['UNSET', 'OK', 'ERROR'] as const;
const MAX_NAME_LENGTH = 1_024;
const MAX_MESSAGE_LENGTH = 16_384;
const MAX_CACHED_NAMES = 1_000;
// duration_ns is a bigint, but a JavaScript number is exact only up to here: 104 days.
const MAX_DURATION_NS = Number.MAX_SAFE_INTEGER;
const TAB = '\t';

// parent_is_remote, status_message, trace_state, events, links and the three counts of what limits dropped.
const NOTHING_MORE = `${[...Array<string>(8).fill(COPY_NULL)].join(TAB)}\n`;

/** What a span row takes from its resource and scope: the rows themselves, and the two fields encoded. */
export interface SpanOrigin {
  resource: OriginResource;
  scope: OriginScope;
  fields: string;
}

/**
 * Encodes finished spans as rows of `observability.spans` in COPY's text format: text mended, values redacted, times cut to
 * microseconds. Once per span; the same bytes go to the database, to the disk and into every repeat.
 */
export class SpanEncoder {
  readonly #redact: Redact;
  readonly #attributes: AttributeEncoder;
  readonly #timestamps = new TimestampEncoder();
  readonly #names = new Map<string, string>();
  readonly #origins = new WeakMap<Resource, WeakMap<InstrumentationScope, SpanOrigin>>();

  constructor(redact: Redact) {
    this.#redact = redact;
    this.#attributes = new AttributeEncoder(redact);
  }

  /** The resource and the scope of a span as rows. Equal ones have equal IDs in every process. */
  origin(span: ReadableSpan): SpanOrigin {
    let ofResource = this.#origins.get(span.resource);
    if (ofResource === undefined) {
      ofResource = new WeakMap();
      this.#origins.set(span.resource, ofResource);
    }
    let origin = ofResource.get(span.instrumentationScope);
    if (origin === undefined) {
      origin = this.#createOrigin(span);
      ofResource.set(span.instrumentationScope, origin);
    }
    return origin;
  }

  /** One row, ended by a newline; its fields are those of `SPAN_COLUMNS`. */
  encode(span: ReadableSpan, origin: SpanOrigin): string {
    const { traceId, spanId } = span.spanContext();
    const start = span.startTime;
    // A clock that was set back must not give an end before the start.
    const end = isBefore(span.endTime, start) ? start : span.endTime;
    const correlationId = spanCorrelationId(span);
    return (
      traceId +
      TAB +
      spanId +
      TAB +
      (span.parentSpanContext?.spanId ?? COPY_NULL) +
      TAB +
      this.#timestamps.encode(start) +
      TAB +
      this.#timestamps.encode(end) +
      TAB +
      durationToNanoseconds(span.duration) +
      TAB +
      (KINDS[span.kind] ?? 'INTERNAL') +
      TAB +
      (STATUSES[span.status.code] ?? 'UNSET') +
      TAB +
      this.#name(span.name) +
      TAB +
      this.#attributes.encode(span.attributes) +
      TAB +
      origin.fields +
      TAB +
      (correlationId ?? COPY_NULL) +
      TAB +
      this.#rareFields(span)
    );
  }

  #rareFields(span: ReadableSpan): string {
    if (!hasRareFields(span)) {
      return NOTHING_MORE;
    }
    const { parentSpanContext: parent, status, events, links } = span;
    const { traceState } = span.spanContext();
    const fields = [
      parent?.isRemote === true ? 't' : COPY_NULL,
      status.message ? textToCopyField(cleanText(redactText(status.message), MAX_MESSAGE_LENGTH)) : COPY_NULL,
      traceState === undefined ? COPY_NULL : textToCopyField(cleanText(traceState.serialize(), 512) || null),
      events.length === 0 ? COPY_NULL : listToField(events.map((event) => this.#event(event))),
      links.length === 0 ? COPY_NULL : listToField(links.map((link) => this.#link(link))),
      span.droppedAttributesCount || COPY_NULL,
      span.droppedEventsCount || COPY_NULL,
      span.droppedLinksCount || COPY_NULL,
    ];
    return `${fields.join(TAB)}\n`;
  }

  #event(event: TimedEvent): JsonValue {
    const time = new Date(event.time[0] * 1e3 + event.time[1] / 1e6);
    return {
      name: cleanText(redactText(String(event.name)), MAX_NAME_LENGTH),
      time: Number.isNaN(time.getTime()) ? null : time.toISOString(),
      attributes: cleanAttributes(event.attributes ?? {}, { redact: this.#redact }),
    };
  }

  #link(link: RecordedLink): JsonValue {
    return {
      trace_id: cleanText(String(link.context.traceId), 32),
      span_id: cleanText(String(link.context.spanId), 16),
      attributes: cleanAttributes(link.attributes ?? {}, { redact: this.#redact }),
    };
  }

  #name(name: string): string {
    let encoded = this.#names.get(name);
    if (encoded === undefined) {
      encoded = textToCopyField(cleanText(redactText(String(name)), MAX_NAME_LENGTH) || 'unnamed');
      if (this.#names.size >= MAX_CACHED_NAMES) {
        this.#names.clear();
      }
      if (encoded.length <= MAX_NAME_LENGTH) {
        this.#names.set(name, encoded);
      }
    }
    return encoded;
  }

  #createOrigin(span: ReadableSpan): SpanOrigin {
    const resource = resourceToRow(span.resource, this.#redact);
    const scope = scopeToRow(span.instrumentationScope, resource.resource_id);
    const fields = [scope.scope_id, textToCopyField(resource.service_name)].join(TAB);
    return { resource, scope, fields };
  }
}

function hasRareFields(span: ReadableSpan): boolean {
  return (
    span.parentSpanContext?.isRemote === true ||
    Boolean(span.status.message) ||
    span.spanContext().traceState !== undefined ||
    span.events.length > 0 ||
    span.links.length > 0 ||
    Boolean(span.droppedAttributesCount || span.droppedEventsCount || span.droppedLinksCount)
  );
}

function listToField(list: JsonValue[]): string {
  return jsonToCopyField(JSON.stringify(list));
}

function isBefore(a: HrTime, b: HrTime): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

function durationToNanoseconds([seconds, nanoseconds]: HrTime): number {
  const total = seconds * 1e9 + Math.round(nanoseconds);
  return Number.isFinite(total) ? Math.min(Math.max(0, total), MAX_DURATION_NS) : 0;
}
