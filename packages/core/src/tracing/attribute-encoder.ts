import { isPlainObject } from '../arguments/plain-object.ts';
import { jsonToCopyField } from '../ingest/copy-text.ts';
import type { RowBuffer } from '../ingest/row-buffer.ts';
import { cleanAttributes } from '../sanitize/clean-json.ts';
import type { Redact } from '../sanitize/redact.ts';
import { defaultRedact } from '../sanitize/redact.ts';
import { keyKind } from '../sanitize/sensitive-key.ts';
import { FieldRuns } from './field-runs.ts';
import type { RepeatedField } from './field-runs.ts';

// Beyond these the full cleaner counts exactly what is kept.
const MAX_KEYS = 128;
const MAX_KEY_LENGTH = 256;
const MAX_VALUE_LENGTH = 8_192;
// What is remembered stays below 20 MB, whatever comes.
const MAX_CACHED_KEYS = 250;
const MAX_CACHED_VALUES = 128;
const MAX_CACHED_LENGTH = 256;

// Neither JSON nor COPY nor the default rules have anything to do with a value of these: an ID, a number, a path, a word.
const SIMPLE: Uint8Array = new Uint8Array(128);
for (const character of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./,;+*~$!?#()@%&^<>|-') {
  SIMPLE[character.charCodeAt(0)] = 1;
}
const QUOTE: Buffer = Buffer.from('"');
const OPEN = 0x7b;
const CLOSE: Buffer = Buffer.from('}');
const NO_VALUE: unique symbol = Symbol('no value');

interface KnownKey extends RepeatedField {
  readonly key: string;
  /** `,"key":` */
  readonly prefix: Buffer;
  /** Nothing in the name asks for a look at the value. */
  readonly isPlain: boolean;
  /** Strings as they are written; the same routes, hosts and agents come again and again. */
  readonly values: Map<string, Buffer>;
  /** The value that came twice in a row; `lastField` is the whole field with it. */
  lastValue: unknown;
  /** The value that came last; where it comes again, it takes the place of `lastValue`. */
  candidate: unknown;
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
  /** The keys of the attributes before, in their order: those of the next span are mostly the same. */
  readonly #lastKeys: KnownKey[] = [];
  readonly #runs = new FieldRuns();

  constructor(redact: Redact) {
    this.#redact = redact;
    this.#remembers = redact === defaultRedact;
  }

  write(attributes: Readonly<Record<string, unknown>>, rows: RowBuffer): void {
    const start = rows.position;
    if (this.#remembers && this.#writeKnown(attributes, rows) && rows.position > start) {
      // The comma in front of the first field.
      rows.patch(start, OPEN);
      rows.write(CLOSE);
    } else {
      rows.rewind(start);
      rows.writeText(this.#encodeFully(attributes));
    }
  }

  #encodeFully(attributes: Readonly<Record<string, unknown>>): string {
    return jsonToCopyField(JSON.stringify(cleanAttributes(attributes, { redact: this.#redact })));
  }

  #writeKnown(attributes: Readonly<Record<string, unknown>>, rows: RowBuffer): boolean {
    if (!isPlainObject(attributes)) {
      return false;
    }
    let at = 0;
    let runStart = 0;
    // Twice as fast as a list of the keys, where nothing is inherited.
    for (const key in attributes) {
      const value = attributes[key];
      const last = this.#lastKeys[at];
      if (last === undefined || last.key !== key || last.lastValue !== value) {
        this.#runs.write(this.#lastKeys, runStart, at, rows);
        const known = this.#findKey(key, at);
        if (at === MAX_KEYS || known === undefined || !this.#writeField(known, value, rows)) {
          return false;
        }
        runStart = at + 1;
      }
      at += 1;
    }
    this.#runs.write(this.#lastKeys, runStart, at, rows);
    return true;
  }

  #findKey(key: string, at: number): KnownKey | undefined {
    const known = this.#keys.get(key) ?? this.#learnKey(key);
    if (known !== undefined) {
      this.#lastKeys[at] = known;
    }
    return known;
  }

  /** Writes `,"key":value`; false for what only the full cleaner can judge. */
  #writeField(known: KnownKey, value: unknown, rows: RowBuffer): boolean {
    if (typeof value === 'string') {
      return (
        (known.isPlain && this.#writeSimple(known, value, rows)) || this.#writeLearned(known, value, rows)
      );
    }
    const isSafe = typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
    if (!isSafe || !known.isPlain) {
      return false;
    }
    // The default rules mask a number only for its name.
    rows.write(known.prefix);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
      rows.writeInteger(value);
    } else {
      rows.writeText(String(value));
    }
    remember(known, value);
    return true;
  }

  #writeSimple(known: KnownKey, value: string, rows: RowBuffer): boolean {
    if (value.length > MAX_VALUE_LENGTH) {
      return false;
    }
    const start = rows.position;
    rows.write(known.prefix);
    rows.write(QUOTE);
    if (!rows.writeAllowed(value, SIMPLE)) {
      rows.rewind(start);
      return false;
    }
    rows.write(QUOTE);
    remember(known, value);
    return true;
  }

  #writeLearned(known: KnownKey, value: string, rows: RowBuffer): boolean {
    const field = known.values.get(value) ?? this.#learnValue(known, value);
    if (field === undefined) {
      return false;
    }
    rows.write(field);
    if (value === known.candidate) {
      known.lastValue = value;
      known.lastField = field;
    } else if (value.length <= MAX_CACHED_LENGTH) {
      known.candidate = value;
    }
    return true;
  }

  #learnKey(key: string): KnownKey | undefined {
    if (key.length > MAX_KEY_LENGTH || key.includes('\0') || !key.isWellFormed()) {
      return undefined;
    }
    if (this.#keys.size >= MAX_CACHED_KEYS) {
      this.#keys.clear();
      this.#lastKeys.length = 0;
    }
    const known: KnownKey = {
      key,
      prefix: Buffer.from(jsonToCopyField(`,${JSON.stringify(key)}:`)),
      isPlain: keyKind(key) === 'plain',
      values: new Map<string, Buffer>(),
      lastValue: NO_VALUE,
      lastField: QUOTE,
      candidate: NO_VALUE,
    };
    this.#keys.set(key, known);
    return known;
  }

  #learnValue(known: KnownKey, value: string): Buffer | undefined {
    if (value.length > MAX_VALUE_LENGTH) {
      return undefined;
    }
    const cleaned = cleanAttributes({ [known.key]: value }, { redact: this.#redact });
    const json = JSON.stringify(cleaned);
    // Without its braces; empty where the rules dropped it.
    const field = Buffer.from(json === '{}' ? '' : jsonToCopyField(`,${json.slice(1, -1)}`));
    if (value.length <= MAX_CACHED_LENGTH) {
      if (known.values.size >= MAX_CACHED_VALUES) {
        known.values.clear();
      }
      known.values.set(value, field);
    }
    return field;
  }
}

/** Keeps the whole field of a simple value that comes twice in a row. */
function remember(known: KnownKey, value: string | number | boolean): void {
  if (value === known.candidate) {
    known.lastValue = value;
    known.lastField = Buffer.concat([known.prefix, Buffer.from(JSON.stringify(value))]);
  } else if (typeof value !== 'string' || value.length <= MAX_CACHED_LENGTH) {
    known.candidate = value;
  }
}
