/** What a W3C `traceparent` header says about the caller. */
export interface Traceparent {
  /** 32 lower-case hex digits, not all zero. */
  traceId: string;
  /** The caller's span: 16 lower-case hex digits, not all zero. */
  spanId: string;
  /** The flags as a number of 0 to 255: 0x01 sampled, 0x02 the trace ID is random. */
  flags: number;
}

/** Bit of `flags`: the caller may have recorded this trace. */
export const SAMPLED_FLAG: number = 0x01;
/** Bit of `flags`: at least the right-most 7 bytes of the trace ID are random (Level 2). */
export const RANDOM_FLAG: number = 0x02;
const KNOWN_FLAGS = SAMPLED_FLAG | RANDOM_FLAG;

const VERSION_00_LENGTH = 55;
// Far above any plausible later version; the specification lets "prohibitively large" headers be refused.
const MAX_HEADER_LENGTH = 4_096;

const FIRST_FOUR_FIELDS = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/;
const TRACE_ID = /^[0-9a-f]{32}$/;
const SPAN_ID = /^[0-9a-f]{16}$/;
const ZERO_TRACE_ID = '0'.repeat(32);
const ZERO_SPAN_ID = '0'.repeat(16);

/** Whether `value` is a trace ID of W3C Trace Context: 32 lower-case hex digits, not all zero. */
export function isTraceId(value: unknown): value is string {
  return typeof value === 'string' && value.length === 32 && value !== ZERO_TRACE_ID && TRACE_ID.test(value);
}

/** Whether `value` is a span ID of W3C Trace Context: 16 lower-case hex digits, not all zero. */
export function isSpanId(value: unknown): value is string {
  return typeof value === 'string' && value.length === 16 && value !== ZERO_SPAN_ID && SPAN_ID.test(value);
}

/**
 * Reads a `traceparent` header by the letter of W3C Trace Context Level 2 (https://www.w3.org/TR/trace-context-2/).
 *
 * Version `00` has exactly four fields. A higher version is read from its first four fields, which later versions may
 * only add to, and yields nothing but the known flags. Version `ff`, upper case, IDs of zeros, and more than one header
 * value are invalid. White space around the value is ignored.
 *
 * @param header - the header's value, or the list of its values; anything else is invalid too, and never throws
 * @returns undefined where the trace has to be started anew
 *
 * @example
 * ```ts
 * parseTraceparent('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
 * // { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', flags: 1 }
 * ```
 */
export function parseTraceparent(header: unknown): Traceparent | undefined {
  const value = onlyValue(header);
  if (value === undefined || !FIRST_FOUR_FIELDS.test(value)) {
    return undefined;
  }
  const version = value.slice(0, 2);
  const traceId = value.slice(3, 35);
  const spanId = value.slice(36, 52);
  const flags = Number.parseInt(value.slice(53, 55), 16);
  if (version === 'ff' || traceId === ZERO_TRACE_ID || spanId === ZERO_SPAN_ID) {
    return undefined;
  }
  if (version === '00') {
    return value.length === VERSION_00_LENGTH ? { traceId, spanId, flags } : undefined;
  }
  if (value.length > VERSION_00_LENGTH && value[VERSION_00_LENGTH] !== '-') {
    return undefined;
  }
  return { traceId, spanId, flags: flags & KNOWN_FLAGS };
}

function onlyValue(header: unknown): string | undefined {
  const value: unknown = Array.isArray(header) && header.length === 1 ? header[0] : header;
  if (typeof value !== 'string' || value.length < VERSION_00_LENGTH || value.length > MAX_HEADER_LENGTH) {
    return undefined;
  }
  return trimOptionalWhiteSpace(value);
}

/**
 * Writes a `traceparent` header of version `00`. Flags the specification does not define are cleared, as it demands.
 *
 * @param traceparent - with valid IDs (`isTraceId`, `isSpanId`); they are written as they are
 */
export function formatTraceparent(traceparent: Traceparent): string {
  return `00-${traceparent.traceId}-${traceparent.spanId}-0${traceparent.flags & KNOWN_FLAGS}`;
}

/** Cuts spaces and tabs, and nothing else, off both ends: the `OWS` of RFC 9110. */
export function trimOptionalWhiteSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpaceOrTab(text.charCodeAt(start))) {
    start += 1;
  }
  while (end > start && isSpaceOrTab(text.charCodeAt(end - 1))) {
    end -= 1;
  }
  return text.slice(start, end);
}

function isSpaceOrTab(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
