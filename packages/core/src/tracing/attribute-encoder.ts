import { jsonToCopyField } from '../ingest/copy-text.ts';
import { cleanAttributes } from '../sanitize/clean-json.ts';
import type { Redact } from '../sanitize/redact.ts';
import { defaultRedact } from '../sanitize/redact.ts';
import { keyKind } from '../sanitize/sensitive-key.ts';

// Beyond these the full cleaner counts exactly what is kept.
const MAX_KEYS = 128;
const MAX_KEY_LENGTH = 256;
const MAX_VALUE_LENGTH = 8_192;
// What is remembered stays below 20 MB, whatever comes.
const MAX_CACHED_KEYS = 250;
const MAX_CACHED_VALUES = 128;
const MAX_CACHED_LENGTH = 256;
// Neither JSON nor COPY nor the default rules have anything to do with such a value: an ID, a number, a path, a word.
const SIMPLE_VALUE = /^[\w./,;+*~$!?#()@%&^<>|-]*$/;

interface KnownKey {
  /** `,"key":` */
  prefix: string;
  /** Nothing in the name asks for a look at the value. */
  isPlain: boolean;
  /** Strings as they are written; the same routes, hosts and agents come again and again. */
  values: Map<string, string>;
}

/**
 * Encodes attributes as the jsonb field of a row: cleaned and redacted like `cleanAttributes`, which it asks about whatever
 * it meets for the first time. What the default rules made of a name and a value is remembered; a user's own rule is asked
 * every time.
 */
export class AttributeEncoder {
  readonly #redact: Redact;
  readonly #remembers: boolean;
  readonly #keys = new Map<string, KnownKey>();

  constructor(redact: Redact) {
    this.#redact = redact;
    this.#remembers = redact === defaultRedact;
  }

  encode(attributes: Readonly<Record<string, unknown>>): string {
    return (this.#remembers ? this.#encodeKnown(attributes) : undefined) ?? this.#encodeFully(attributes);
  }

  #encodeFully(attributes: Readonly<Record<string, unknown>>): string {
    return jsonToCopyField(JSON.stringify(cleanAttributes(attributes, { redact: this.#redact })));
  }

  #encodeKnown(attributes: Readonly<Record<string, unknown>>): string | undefined {
    const keys = Object.keys(attributes);
    if (keys.length === 0 || keys.length > MAX_KEYS) {
      return undefined;
    }
    let json = '';
    for (const key of keys) {
      const field = this.#encodeField(key, attributes[key]);
      if (field === undefined) {
        return undefined;
      }
      json += field;
    }
    return `{${json.slice(1)}}`;
  }

  /** `,"key":value`; undefined for what only the full cleaner can judge. */
  #encodeField(key: string, value: unknown): string | undefined {
    const known = this.#keys.get(key) ?? this.#learnKey(key);
    if (known === undefined) {
      return undefined;
    }
    if (typeof value === 'string') {
      return known.isPlain && value.length <= MAX_VALUE_LENGTH && SIMPLE_VALUE.test(value)
        ? `${known.prefix}"${value}"`
        : (known.values.get(value) ?? this.#learnValue(known, key, value));
    }
    const isPlain = typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
    if (!isPlain) {
      return undefined;
    }
    // The default rules mask a number only for its name.
    return known.isPlain ? known.prefix + String(value) : undefined;
  }

  #learnKey(key: string): KnownKey | undefined {
    if (key.length > MAX_KEY_LENGTH || key.includes('\0') || !key.isWellFormed()) {
      return undefined;
    }
    if (this.#keys.size >= MAX_CACHED_KEYS) {
      this.#keys.clear();
    }
    const known = {
      prefix: jsonToCopyField(`,${JSON.stringify(key)}:`),
      isPlain: keyKind(key) === 'plain',
      values: new Map<string, string>(),
    };
    this.#keys.set(key, known);
    return known;
  }

  #learnValue(known: KnownKey, key: string, value: string): string | undefined {
    if (value.length > MAX_VALUE_LENGTH) {
      return undefined;
    }
    const cleaned = cleanAttributes({ [key]: value }, { redact: this.#redact });
    const json = JSON.stringify(cleaned);
    // Without its braces; empty where the rules dropped it.
    const field = json === '{}' ? '' : jsonToCopyField(`,${json.slice(1, -1)}`);
    if (value.length <= MAX_CACHED_LENGTH) {
      if (known.values.size >= MAX_CACHED_VALUES) {
        known.values.clear();
      }
      known.values.set(value, field);
    }
    return field;
  }
}
