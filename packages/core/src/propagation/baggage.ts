/// <reference lib="es2024.string" />

import { trimOptionalWhiteSpace } from './traceparent.ts';
import { combineHeaderValues } from './tracestate.ts';

/** One entry of a W3C `baggage` header. */
export interface BaggageEntry {
  /** A token of RFC 9110: letters, digits and ``!#$%&'*+-.^_`|~``, case-sensitive. */
  key: string;
  /** The value, percent-decoded. */
  value: string;
  /** The properties as they stand in the header, joined by `;`, not decoded: `ttl=30;private`. */
  properties?: string;
}

// What the specification obliges a platform to pass on at least is what we pass on at most.
const MAX_ENTRIES = 64;
const MAX_BYTES = 8_192;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;

/**
 * Reads a `baggage` header by W3C Baggage (https://www.w3.org/TR/baggage/). Several header values are joined in their
 * order; a key that comes twice stays twice.
 *
 * A malformed entry is dropped and the others stay. After 64 entries or 8,192 bytes, whichever comes first, the rest is
 * dropped, entry by entry. Percent-encoded bytes that are not UTF-8 become U+FFFD.
 *
 * @param header - the header's value, or the list of its values; anything else gives no entries, and never throws
 *
 * @example
 * ```ts
 * parseBaggage('userId=alice,serverNode=DF%2028;ttl=30');
 * // [{ key: 'userId', value: 'alice' }, { key: 'serverNode', value: 'DF 28', properties: 'ttl=30' }]
 * ```
 */
export function parseBaggage(header: unknown): BaggageEntry[] {
  const combined = combineHeaderValues(header, MAX_BYTES);
  if (combined === undefined) {
    return [];
  }
  const entries: BaggageEntry[] = [];
  for (const member of withinBounds(combined).split(',')) {
    const entry = parseEntry(member);
    if (entry !== undefined) {
      entries.push(entry);
      if (entries.length === MAX_ENTRIES) {
        break;
      }
    }
  }
  return entries;
}

/**
 * Writes a `baggage` header. Everything but unreserved characters of a value is percent-encoded, so that no value can
 * end the entry or the header. An entry with a malformed key or properties, or that no longer fits in 64 entries and
 * 8,192 bytes, is left out.
 *
 * @returns undefined where nothing is left to send
 *
 * @example
 * ```ts
 * formatBaggage([{ key: 'serverNode', value: 'DF 28' }]); // 'serverNode=DF%2028'
 * ```
 */
export function formatBaggage(entries: readonly BaggageEntry[]): string | undefined {
  if (!Array.isArray(entries)) {
    return undefined;
  }
  const members: string[] = [];
  let bytes = 0;
  for (const entry of entries as readonly unknown[]) {
    const member = formatEntry(entry);
    if (member !== undefined && bytes + member.length <= MAX_BYTES) {
      members.push(member);
      bytes += member.length + 1;
      if (members.length === MAX_ENTRIES) {
        break;
      }
    }
  }
  return members.length === 0 ? undefined : members.join(',');
}

/** The whole entries among the first 8,192 characters; all valid characters are ASCII, so characters are bytes. */
function withinBounds(header: string): string {
  if (header.length <= MAX_BYTES) {
    return header;
  }
  const lastComma = header.lastIndexOf(',', MAX_BYTES);
  return lastComma === -1 ? '' : header.slice(0, lastComma);
}

function parseEntry(member: string): BaggageEntry | undefined {
  const [pair = '', ...rawProperties] = member.split(';');
  const equals = pair.indexOf('=');
  const key = trimOptionalWhiteSpace(pair.slice(0, Math.max(equals, 0)));
  const value = trimOptionalWhiteSpace(pair.slice(equals + 1));
  if (!TOKEN.test(key) || !VALUE.test(value)) {
    return undefined;
  }
  const properties = normaliseProperties(rawProperties);
  if (properties === undefined) {
    return undefined;
  }
  const entry: BaggageEntry = { key, value: percentDecode(value) };
  return properties === '' ? entry : { ...entry, properties };
}

function normaliseProperties(raw: readonly string[]): string | undefined {
  const kept: string[] = [];
  for (const part of raw) {
    const property = trimOptionalWhiteSpace(part);
    if (property === '') {
      continue; // A trailing semicolon is common and means nothing.
    }
    const equals = property.indexOf('=');
    const key = trimOptionalWhiteSpace(equals === -1 ? property : property.slice(0, equals));
    const value = equals === -1 ? '' : trimOptionalWhiteSpace(property.slice(equals + 1));
    if (!TOKEN.test(key) || !VALUE.test(value)) {
      return undefined;
    }
    kept.push(equals === -1 ? key : `${key}=${value}`);
  }
  return kept.join(';');
}

function formatEntry(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null) {
    return undefined;
  }
  const { key, value, properties = '' } = entry as Partial<Record<keyof BaggageEntry, unknown>>;
  if (typeof key !== 'string' || typeof value !== 'string' || typeof properties !== 'string') {
    return undefined;
  }
  if (key.length + value.length + properties.length > MAX_BYTES || !TOKEN.test(key)) {
    return undefined;
  }
  const suffix = normaliseProperties(properties.split(';'));
  if (suffix === undefined) {
    return undefined;
  }
  return `${key}=${encodeURIComponent(value.toWellFormed())}${suffix === '' ? '' : `;${suffix}`}`;
}

const PERCENT_SEQUENCES = /(?:%[0-9A-Fa-f]{2})+/g;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function percentDecode(value: string): string {
  if (!value.includes('%')) {
    return value;
  }
  try {
    return decodeURIComponent(value);
  } catch {
    return value.replace(PERCENT_SEQUENCES, toUtf8);
  }
}

function toUtf8(sequence: string): string {
  return utf8.decode(Buffer.from(sequence.replaceAll('%', ''), 'hex'));
}
