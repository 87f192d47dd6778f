import { cleanText } from '../sanitize/clean-text.ts';
import { redactText } from '../sanitize/redact.ts';

const SHOWN_CHARACTERS = 60;
// Credentials are masked before the text is cut, or half a URL would no longer look like one.
const EXAMINED_CHARACTERS = 2_000;

/**
 * Says what `value` is, for the message of an error: short, in one line, without credentials, and without running code of
 * the value (no `toString`, no getters).
 * @example
 * ```ts
 * describeValue('a\nb');  // "a\nb"
 * describeValue([1, 2]);  // an array
 * ```
 */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return describeText(value);
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return 'a bigint';
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'object':
      return value === null ? 'null' : describeObject(value);
  }
}

function describeText(value: string): string {
  if (value === '') {
    return 'empty text';
  }
  const examined = redactText(cleanText(value.slice(0, EXAMINED_CHARACTERS)));
  const shown = cleanText(examined.slice(0, SHOWN_CHARACTERS));
  const isCut = examined.length > SHOWN_CHARACTERS || value.length > EXAMINED_CHARACTERS;
  return isCut ? `${JSON.stringify(shown)}… (${value.length} characters)` : JSON.stringify(shown);
}

function describeObject(value: object): string {
  if (Array.isArray(value)) {
    return 'an array';
  }
  return value instanceof Date ? 'a Date' : 'an object';
}
