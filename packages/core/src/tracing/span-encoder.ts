import { COPY_NULL, jsonToCopyField, textToCopyField } from '../ingest/copy-text.ts';
import type { OriginResource, OriginScope } from '../ingest/encoded-batch.ts';
import type { RowBuffer } from '../ingest/row-buffer.ts';
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
import { RecordingSpan } from './recording/recording-span.ts';
import { spanCorrelationId } from './span-correlation.ts';

const KINDS = ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
const STATUSES = ['UNSET', 'OK', 'ERROR'] as const;
const MAX_NAME_LENGTH = 1_024;
const MAX_MESSAGE_LENGTH = 16_384;
const MAX_CACHED_NAMES = 1_000;
// duration_ns is a bigint, but a JavaScript number is exact only up to here: 104 days.
const MAX_DURATION_NS = Number.MAX_SAFE_INTEGER;
// Kind and status are written together; by both numbers.
const STATE_FIELDS: readonly (readonly Buffer[])[] = KINDS.map((kind) =>
  STATUSES.map((status) => Buffer.from(`${kind}\t${status}`)),
);
const NULL_FIELD: Buffer = Buffer.from(COPY_NULL);
const TRACE_ID_LENGTH = 32;
const SPAN_ID_LENGTH = 16;
// The digits of IDs; upper case is not allowed.
const HEX: Uint8Array = new Uint8Array(128);
for (const digit of '0123456789abcdef') {
  HEX[digit.charCodeAt(0)] = 1;
}

// correlation_id, parent_is_remote, status_message, trace_state, events, links and the three counts of what limits dropped.
const NOTHING_MORE: readonly string[] = Array<string>(9).fill(COPY_NULL);

/** What a span row takes from its resource and scope: the rows themselves, and the two fields encoded. */
export interface SpanOrigin {
  resource: OriginResource;
  scope: OriginScope;
  fields: Buffer;
  /** The same with what follows for nearly all spans. */
  usualEnd: Buffer;
}

/**
 * Encodes finished spans as rows of `observability.spans` in COPY's text format: text mended, values redacted, times cut to
 * microseconds. Once per span; the same bytes go to the database, to the disk and into every repeat.
 */
export class SpanEncoder {
  readonly #redact: Redact;
  readonly #attributes: AttributeEncoder;
  readonly #timestamps = new TimestampEncoder();
  readonly #names = new Map<string, Buffer>();
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

  /**
   * Adds a row; its fields are those of `SPAN_COLUMNS`. Where it answers false, or throws, half of one may be there.
   * @returns false where the span's IDs are none
   */
  write(span: ReadableSpan, origin: SpanOrigin, rows: RowBuffer): boolean {
    const { traceId, spanId } = span.spanContext();
    if (!writeId(traceId, TRACE_ID_LENGTH, rows)) {
      return false;
    }
    rows.endField();
    if (!writeId(spanId, SPAN_ID_LENGTH, rows)) {
      return false;
    }
    rows.endField();
    this.#writeRest(span, origin, rows);
    return true;
  }

  #writeRest(span: ReadableSpan, origin: SpanOrigin, rows: RowBuffer): void {
    writeParent(span, rows);
    rows.endField();
    if (span instanceof RecordingSpan) {
      this.#writeOwnTimes(span, rows);
    } else {
      this.#writeTimes(span, rows);
    }
    rows.endField();
    rows.write(stateField(span.kind, span.status.code));
    rows.endField();
    rows.write(this.#name(span.name));
    rows.endField();
    this.#attributes.write(span.attributes, rows);
    rows.endField();
    const correlationId = spanCorrelationId(span);
    if (correlationId === null && !hasRareFields(span)) {
      rows.write(origin.usualEnd);
    } else {
      rows.write(origin.fields);
      rows.endField();
      rows.writeText(correlationId ?? COPY_NULL);
      rows.endField();
      rows.writeText(this.#rareFields(span));
    }
    rows.endRow();
  }

  #writeOwnTimes({ startMs, endMs }: RecordingSpan, rows: RowBuffer): void {
    this.#timestamps.writeMs(startMs, rows);
    rows.endField();
    this.#timestamps.writeMs(endMs, rows);
    rows.endField();
    rows.writeInteger(Math.min(Math.round((endMs - startMs) * 1e6), MAX_DURATION_NS));
  }

  #writeTimes({ startTime, endTime, duration }: ReadableSpan, rows: RowBuffer): void {
    this.#timestamps.write(startTime, rows);
    rows.endField();
    // A clock that was set back must not give an end before the start.
    this.#timestamps.write(isBefore(endTime, startTime) ? startTime : endTime, rows);
    rows.endField();
    rows.writeInteger(durationToNanoseconds(duration));
  }

  #rareFields(span: ReadableSpan): string {
    const { parentSpanContext: parent, status, events, links } = span;
    const { traceState } = span.spanContext();
    return [
      parent?.isRemote === true ? 't' : COPY_NULL,
      status.message ? textToCopyField(cleanText(redactText(status.message), MAX_MESSAGE_LENGTH)) : COPY_NULL,
      traceState === undefined ? COPY_NULL : textToCopyField(cleanText(traceState.serialize(), 512) || null),
      events.length === 0 ? COPY_NULL : listToField(events.map((event) => this.#event(event))),
      links.length === 0 ? COPY_NULL : listToField(links.map((link) => this.#link(link))),
      span.droppedAttributesCount || COPY_NULL,
      span.droppedEventsCount || COPY_NULL,
      span.droppedLinksCount || COPY_NULL,
    ].join('\t');
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

  #name(name: string): Buffer {
    let encoded = this.#names.get(name);
    if (encoded === undefined) {
      const text = cleanText(redactText(String(name)), MAX_NAME_LENGTH) || 'unnamed';
      encoded = Buffer.from(textToCopyField(text));
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
    const fields = [scope.scope_id, textToCopyField(resource.service_name)];
    return {
      resource,
      scope,
      fields: Buffer.from(fields.join('\t')),
      usualEnd: Buffer.from([...fields, ...NOTHING_MORE].join('\t')),
    };
  }
}

// Somebody else's SDK may have other numbers.
function stateField(kind: number, status: number): Buffer {
  const ofKind = (STATE_FIELDS[kind] ?? STATE_FIELDS[0]) as readonly Buffer[];
  return (ofKind[status] ?? ofKind[0]) as Buffer;
}

/** Writes an ID of OpenTelemetry; false, with nothing written, where it is none: all zeros, for one. */
function writeId(id: unknown, length: number, rows: RowBuffer): boolean {
  return typeof id === 'string' && id.length === length && !isZero(id) && rows.writeAllowed(id, HEX);
}

function isZero(id: string): boolean {
  // Hardly any ID gets as far as the second look.
  return id.startsWith('00000000') && /^0*$/.test(id);
}

function writeParent({ parentSpanContext }: ReadableSpan, rows: RowBuffer): void {
  if (!writeId(parentSpanContext?.spanId, SPAN_ID_LENGTH, rows)) {
    rows.write(NULL_FIELD);
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
