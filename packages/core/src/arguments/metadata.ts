import { types } from 'node:util';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { ErrorCode } from '../errors/error-codes.ts';
import type { JsonValue } from '../sanitize/clean-json.ts';
import { cleanText } from '../sanitize/clean-text.ts';
import type { Redact } from '../sanitize/redact.ts';
import { describeValue } from './describe-value.ts';

/** What metadata may hold: what JSON can hold, and valid Dates, which become ISO 8601 text. `undefined` leaves a key out. */
export type MetadataValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | Date
  | readonly MetadataValue[]
  | { readonly [key: string]: MetadataValue };

/** Details as a plain object, at most 1 MiB as JSON and 64 levels deep. */
export type Metadata = { readonly [key: string]: MetadataValue };

const MAX_BYTES = 1_048_576;
const MAX_DEPTH = 64;

interface Walk {
  readonly redact: Redact;
  readonly ancestors: Set<object>;
  /** Keys and indexes down to the value that is looked at. */
  readonly path: (string | number)[];
  /** Characters of JSON still allowed, so that a small graph that unfolds into a huge one ends early. */
  budget: number;
}

class Refusal extends Error {}

/**
 * Metadata as the JSON text that is stored. Details that JSON cannot hold are refused and not mended, because a workflow's
 * history must say what the caller said; only characters PostgreSQL cannot hold are replaced, and secrets are masked.
 *
 * A top-level `null` stays as it is even where its key is to be masked: it means "remove this key".
 *
 * @param value - what the caller gave
 * @param options - `code` of the error, `redact` for every key
 * @throws an `ObservabilityError` with `code`: not a plain object, circular, a function, bigint, symbol, NaN, Infinity,
 * invalid Date, class instance, more than 64 levels or 1 MiB
 */
export function metadataToJson(value: unknown, options: { code: ErrorCode; redact: Redact }): string {
  try {
    const walk: Walk = { redact: options.redact, ancestors: new Set(), path: [], budget: MAX_BYTES };
    if (!isPlainObject(value)) {
      throw new Refusal(`metadata is ${describeValue(value)}; expected a plain object`);
    }
    const json = JSON.stringify(cleanObject(value, walk));
    if (Buffer.byteLength(json) > MAX_BYTES) {
      throw tooLarge();
    }
    return json;
  } catch (error) {
    if (error instanceof Refusal) {
      throw new ObservabilityError(
        options.code,
        `${error.message}. Give text, finite numbers, booleans, null, Dates, arrays and plain objects of these.`,
      );
    }
    // A getter, a proxy or the application's redact threw.
    throw new ObservabilityError(
      options.code,
      'metadata could not be read; expected a plain object of values.',
      {
        cause: error,
      },
    );
  }
}

function cleanObject(value: object, walk: Walk): Record<string, JsonValue> {
  // Without a prototype, so that a key named __proto__ is a key like any other.
  const result: Record<string, JsonValue> = Object.create(null);
  enter(value, walk);
  for (const [key, given] of Object.entries(value)) {
    const isRemoval = given === null && walk.ancestors.size === 1;
    const item: unknown = isRemoval ? null : walk.redact(key, given);
    if (item !== undefined) {
      spend(key.length + 3, walk);
      walk.path.push(key);
      result[cleanText(key, MAX_BYTES)] = cleanValue(item, key, walk);
      walk.path.pop();
    }
  }
  walk.ancestors.delete(value);
  return result;
}

function cleanArray(value: readonly unknown[], name: string, walk: Walk): JsonValue[] {
  enter(value, walk);
  // Not map(): it would skip holes, and JSON has none.
  const result = Array.from(value, (given: unknown, index) => {
    const item = walk.redact(name, given);
    const isDropped = item === undefined && given !== undefined;
    walk.path.push(index);
    const cleaned = cleanValue(isDropped ? null : item, name, walk);
    walk.path.pop();
    return cleaned;
  });
  walk.ancestors.delete(value);
  return result;
}

function cleanValue(value: unknown, name: string, walk: Walk): JsonValue {
  spend(1, walk);
  if (typeof value === 'string') {
    spend(value.length + 2, walk);
    return cleanText(value, MAX_BYTES);
  }
  if (value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) {
    return value;
  }
  if (Array.isArray(value)) {
    return cleanArray(value, name, walk);
  }
  if (types.isDate(value) && !Number.isNaN(value.getTime())) {
    return value.toISOString();
  }
  if (isPlainObject(value)) {
    return cleanObject(value, walk);
  }
  throw new Refusal(`${describePath(walk.path)} is ${describeRefused(value)}, which JSON cannot hold`);
}

function enter(value: object, walk: Walk): void {
  if (walk.ancestors.has(value)) {
    throw new Refusal(`${describePath(walk.path)} contains itself`);
  }
  if (walk.ancestors.size >= MAX_DEPTH) {
    throw new Refusal(`metadata is more than ${MAX_DEPTH} levels deep`);
  }
  walk.ancestors.add(value);
}

function spend(characters: number, walk: Walk): void {
  walk.budget -= characters;
  if (walk.budget < 0) {
    throw tooLarge();
  }
}

function tooLarge(): Refusal {
  return new Refusal(
    'metadata is larger than 1 MiB; keep large documents elsewhere and store a reference to them',
  );
}

function describeRefused(value: unknown): string {
  if (types.isDate(value)) {
    return 'an invalid Date';
  }
  return typeof value === 'object' ? 'an instance of a class' : describeValue(value);
}

// A key comes from the caller, so it is shortened and escaped like any other value.
function describePath(path: readonly (string | number)[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step.slice(0, 40)}`));
  return describeValue(`metadata${steps.join('')}`);
}

// By the prototype's prototype and not by identity: objects of another realm (vm, Jest) are plain, too.
function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
