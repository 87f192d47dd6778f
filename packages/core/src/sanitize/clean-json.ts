import { cleanText } from './clean-text.ts';
import { JsonCleaner } from './json-cleaner.ts';
import { DEFAULT_LIMITS } from './json-value.ts';
import type { CleanOptions, JsonLimits, JsonValue } from './json-value.ts';

export type { CleanOptions, JsonLimits, JsonValue, MendReason } from './json-value.ts';

/**
 * Makes a copy of any value that `JSON.stringify` writes and jsonb takes. Never throws.
 *
 * Strings and names are cleaned (see `cleanText`) and cut; NaN and the infinities become their names; a bigint becomes a
 * number where that is exact, else decimal text; a Date its ISO text, an invalid one null; an Error its name, message and
 * stack; a Map an object, a Set a list; bytes base64; `toJSON` is honoured. Functions, symbols and undefined are dropped, in a
 * list they leave null. A value inside of itself becomes `[Circular]`, one too deep `[Truncated]`, one whose getter or toJSON
 * throws `[Unreadable]`. Names such as `__proto__` are own properties like any other.
 *
 * @param value - anything; undefined, functions and symbols give null
 * @example
 * ```ts
 * cleanJson({ total: 12n, at: new Date(0), password: 'x' }, { redact: defaultRedact });
 * // { total: 12, at: '1970-01-01T00:00:00.000Z', password: '[REDACTED]' }
 * ```
 */
export function cleanJson(value: unknown, options: CleanOptions): JsonValue {
  return new JsonCleaner(options).value('', value) ?? null;
}

/**
 * `cleanJson` for the attributes of a span, an event or a resource: always an object. Values may be nested.
 *
 * @param value - an object or a Map; undefined and null give `{}`, and so does anything else, which is reported
 * @example
 * ```ts
 * cleanAttributes({ 'http.route': '/orders/:id', retry: undefined }, { redact: defaultRedact }); // { 'http.route': '/orders/:id' }
 * ```
 */
export function cleanAttributes(value: unknown, options: CleanOptions): Record<string, JsonValue> {
  return copyObject(new JsonCleaner(options), value);
}

const LABEL_LIMITS: JsonLimits = {
  ...DEFAULT_LIMITS,
  maxStringLength: 1_024,
  maxKeyLength: 256,
  maxItems: 64,
};

/**
 * Makes labels of a metric: every value a string, at most 64 of them, names up to 256 and values up to 1,024 characters.
 * Numbers, booleans and bigints become their text, objects their JSON; null and undefined are dropped.
 *
 * @param value - an object or a Map; undefined and null give `{}`, and so does anything else, which is reported
 * @example
 * ```ts
 * cleanLabels({ route: '/orders', status: 200, region: undefined }, { redact: defaultRedact }); // { route: '/orders', status: '200' }
 * ```
 */
export function cleanLabels(value: unknown, options: CleanOptions): Record<string, string> {
  const cleaner = new JsonCleaner(options, LABEL_LIMITS);
  const attributes = copyObject(cleaner, value);
  const labels = attributes as Record<string, string>;
  for (const key of Object.keys(attributes)) {
    const label = attributes[key];
    if (label === null) {
      delete labels[key];
    } else if (typeof label === 'object') {
      labels[key] = cleanText(JSON.stringify(label), cleaner.limits.maxStringLength);
    } else if (typeof label !== 'string') {
      labels[key] = String(label);
    }
  }
  return labels;
}

function copyObject(cleaner: JsonCleaner, value: unknown): Record<string, JsonValue> {
  if (value === undefined || value === null) {
    return {};
  }
  try {
    if (typeof value === 'object' && !Array.isArray(value)) {
      return cleaner.entries(value);
    }
    cleaner.mend('not_an_object');
  } catch {
    cleaner.mend('unreadable');
  }
  return {};
}
