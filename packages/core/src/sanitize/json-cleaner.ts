import { isNativeError } from 'node:util/types';
import { cleanText } from './clean-text.ts';
import { setOwnProperty } from './own-property.ts';
import { redactBounded } from './redact-bounded.ts';
import { DEFAULT_LIMITS } from './json-value.ts';
import type { CleanOptions, JsonLimits, JsonValue, MendReason } from './json-value.ts';
import { bigintToJson, bytesToBase64, isBytes } from './scalar-to-json.ts';

/** One deep copy under one set of limits. Nothing a value does, in a getter, `toJSON` or proxy, escapes. */
export class JsonCleaner {
  readonly #options: CleanOptions;
  readonly #limits: JsonLimits;
  readonly #ancestors: object[] = [];
  #nodes = 0;
  #textLength = 0;

  constructor(options: CleanOptions, defaults: JsonLimits = DEFAULT_LIMITS) {
    this.#options = options;
    this.#limits = options.limits === undefined ? defaults : { ...defaults, ...options.limits };
  }

  /** The limits in force. */
  get limits(): JsonLimits {
    return this.#limits;
  }

  /** Redacts and copies what stands under `key`; undefined where it has to be dropped. */
  value(key: string, raw: unknown): JsonValue | undefined {
    if (this.#nodes >= this.#limits.maxNodes) {
      this.mend('too_many_nodes');
      return undefined;
    }
    this.#nodes += 1;
    if (typeof raw === 'string' && this.#textLength >= this.#limits.maxTextLength) {
      // Before it is redacted: text that is dropped anyway must not cost anything.
      return this.#mended('too_much_text', undefined);
    }
    return this.#copy(key, this.#redacted(key, raw), true);
  }

  /** Copies the properties of an object, or the entries of a Map, into a plain object. */
  entries(source: object): Record<string, JsonValue> {
    this.#ancestors.push(source);
    return source instanceof Map ? this.#mapEntries(source) : this.#properties(source, Object.keys(source));
  }

  /** Reports that something was changed or dropped. */
  mend(reason: MendReason): void {
    try {
      this.#options.onMended?.(reason);
    } catch {
      // Counting must not stop what is counted.
    }
  }

  #redacted(key: string, raw: unknown): unknown {
    return redactBounded(this.#options.redact, key, raw, this.#limits, (reason) => this.mend(reason));
  }

  #copy(key: string, value: unknown, honoursToJson: boolean): JsonValue | undefined {
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) ? value : this.#mended('not_finite', String(value));
      case 'bigint':
        return this.#bigint(bigintToJson(value));
      case 'object':
        return value === null ? null : this.#guarded(key, value, honoursToJson);
      case 'undefined':
        return undefined;
      default:
        return this.#mended('unsupported', undefined);
    }
  }

  #text(value: string): string | undefined {
    const { maxStringLength, maxTextLength } = this.#limits;
    const text = cleanText(value, maxStringLength);
    if (text !== value) {
      this.mend(value.length > maxStringLength ? 'text_cut' : 'text_replaced');
    }
    if (this.#textLength + text.length > maxTextLength) {
      this.#textLength = maxTextLength;
      return this.#mended('too_much_text', undefined);
    }
    this.#textLength += text.length;
    return text;
  }

  #guarded(key: string, value: object, honoursToJson: boolean): JsonValue | undefined {
    // A toJSON may answer with the very object it was asked of.
    if (this.#ancestors.includes(value) && (honoursToJson || this.#ancestors.at(-1) !== value)) {
      return this.#mended('circular', '[Circular]');
    }
    if (this.#ancestors.length >= this.#limits.maxDepth) {
      return this.#mended('too_deep', '[Truncated]');
    }
    const depth = this.#ancestors.push(value) - 1;
    try {
      return this.#object(key, value, honoursToJson);
    } catch {
      return this.#mended('unreadable', '[Unreadable]');
    } finally {
      this.#ancestors.length = depth;
    }
  }

  #object(key: string, value: object, honoursToJson: boolean): JsonValue | undefined {
    if (Array.isArray(value)) {
      return this.#items(key, value as unknown[]);
    }
    if (value instanceof Date) {
      const isValid = !Number.isNaN(Date.prototype.getTime.call(value));
      return isValid ? Date.prototype.toISOString.call(value) : this.#mended('invalid_date', null);
    }
    if (value instanceof Error || isNativeError(value)) {
      return this.#properties(value, ['name', 'message', 'stack']);
    }
    if (isBytes(value)) {
      return this.#bytes(value);
    }
    if (ArrayBuffer.isView(value)) {
      return this.#items(key, value as unknown as Iterable<unknown>);
    }
    if (value instanceof Map) {
      return this.#mapEntries(value);
    }
    if (value instanceof Set) {
      return this.#items(key, value as Set<unknown>);
    }
    if (value instanceof String || value instanceof Number || value instanceof Boolean) {
      return this.#copy(key, this.#redacted(key, value.valueOf()), true);
    }
    const { toJSON } = value as { toJSON?: unknown };
    if (honoursToJson && typeof toJSON === 'function') {
      // As JSON.stringify does, toJSON is not asked a second time of what it has answered.
      return this.#copy(key, this.#redacted(key, toJSON.call(value, key)), false);
    }
    return this.#properties(value, Object.keys(value));
  }

  #items(key: string, source: Iterable<unknown> & { length?: number; size?: number }): JsonValue[] {
    const items: JsonValue[] = [];
    const limit = this.#limits.maxItems;
    for (const item of source) {
      if (items.length >= limit) {
        this.mend('too_many_items');
        break;
      }
      if (this.#nodes >= this.#limits.maxNodes) {
        this.mend('too_many_nodes');
        break;
      }
      // As in JSON, an element that cannot be kept leaves a null, so that the others keep their places.
      items.push(this.value(key, item) ?? null);
    }
    return items;
  }

  #properties(source: object, keys: readonly string[]): Record<string, JsonValue> {
    const target: Record<string, JsonValue> = {};
    const count = this.#allowed(keys.length);
    for (let index = 0; index < count && this.#hasRoom(); index += 1) {
      const key = keys[index] as string;
      let raw: unknown;
      try {
        raw = (source as Record<string, unknown>)[key];
      } catch {
        raw = this.#mended('unreadable', '[Unreadable]');
      }
      this.#put(target, key, raw);
    }
    return target;
  }

  #mapEntries(source: ReadonlyMap<unknown, unknown>): Record<string, JsonValue> {
    const target: Record<string, JsonValue> = {};
    let left = this.#allowed(source.size);
    for (const [key, raw] of source) {
      left -= 1;
      if (left < 0 || !this.#hasRoom()) {
        break;
      }
      if (typeof key === 'symbol') {
        this.mend('unsupported');
      } else {
        this.#put(target, typeof key === 'string' ? key : String(key), raw);
      }
    }
    return target;
  }

  #put(target: Record<string, JsonValue>, key: string, raw: unknown): void {
    const name = this.#name(key);
    const value = this.value(name, raw);
    if (value !== undefined) {
      setOwnProperty(target, name, value);
    }
  }

  #name(key: string): string {
    const name = cleanText(key, this.#limits.maxKeyLength);
    if (name !== key) {
      this.mend(key.length > this.#limits.maxKeyLength ? 'text_cut' : 'text_replaced');
    }
    this.#textLength += name.length;
    return name;
  }

  #allowed(count: number): number {
    if (count > this.#limits.maxItems) {
      this.mend('too_many_items');
      return this.#limits.maxItems;
    }
    return count;
  }

  #hasRoom(): boolean {
    if (this.#nodes < this.#limits.maxNodes) {
      return true;
    }
    this.mend('too_many_nodes');
    return false;
  }

  #bigint(value: number | string): JsonValue {
    return typeof value === 'number' ? value : this.#mended('big_integer', value);
  }

  #bytes(value: ArrayBufferView | ArrayBuffer): JsonValue | undefined {
    const { text, isCut } = bytesToBase64(value, this.#limits.maxStringLength);
    if (isCut) {
      this.mend('text_cut');
    }
    return this.#text(text);
  }

  #mended<Value>(reason: MendReason, value: Value): Value {
    this.mend(reason);
    return value;
  }
}
