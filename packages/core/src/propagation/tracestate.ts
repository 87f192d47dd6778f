import { trimOptionalWhiteSpace } from './traceparent.ts';

const MAX_MEMBERS = 32;
// 32 of the longest members there can be, their commas, and as much again for white space.
const MAX_HEADER_LENGTH = 32_768;

// Level 2 dropped the separate tenant@vendor form: '@' is a character like any other, except at the start.
const MEMBER =
  /^([a-z0-9][a-z0-9_\-*/@]{0,255})=([\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e])$/;

/**
 * Checks a `tracestate` header by W3C Trace Context Level 2 (https://www.w3.org/TR/trace-context-2/) and writes it anew
 * without superfluous white space and empty members. Several header values are joined in their order.
 *
 * One malformed member, or more than 32 members, and the whole of it is dropped, while the `traceparent` stays. Empty
 * members are ignored and not counted. Of members with the same key the left-most stays: it is the latest position in
 * the trace, and only one entry per key may be sent on.
 *
 * @param header - the header's value, or the list of its values; anything else is invalid too, and never throws
 * @returns undefined where there is nothing to send on
 *
 * @example
 * ```ts
 * parseTracestate('rojo=00f067aa0ba902b7 , ,congo=t61rcWkgMzE'); // 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'
 * ```
 */
export function parseTracestate(header: string | readonly string[] | undefined): string | undefined {
  const combined = combineHeaderValues(header, MAX_HEADER_LENGTH);
  if (combined === undefined || combined.length > MAX_HEADER_LENGTH) {
    return undefined;
  }
  const members = new Map<string, string>();
  let count = 0;
  for (const part of combined.split(',')) {
    const member = trimOptionalWhiteSpace(part);
    if (member === '') {
      continue;
    }
    count += 1;
    const key = MEMBER.exec(member)?.[1];
    if (key === undefined || count > MAX_MEMBERS) {
      return undefined;
    }
    if (!members.has(key)) {
      members.set(key, member);
    }
  }
  return members.size === 0 ? undefined : [...members.values()].join(',');
}

/**
 * Joins the values of a header that may be sent several times with commas, as RFC 9110, section 5.3, says. Stops once
 * more than `maxLength` characters are together, so that a hostile list is not copied in full.
 *
 * @returns undefined for anything but a string or a list of strings
 */
export function combineHeaderValues(header: unknown, maxLength: number): string | undefined {
  if (typeof header === 'string') {
    return header;
  }
  if (!Array.isArray(header)) {
    return undefined;
  }
  let combined: string | undefined;
  for (const value of header as unknown[]) {
    if (typeof value !== 'string') {
      return undefined;
    }
    combined = combined === undefined ? value : `${combined},${value}`;
    if (combined.length > maxLength) {
      break;
    }
  }
  return combined;
}
