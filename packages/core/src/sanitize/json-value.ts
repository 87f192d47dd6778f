import type { Redact } from './redact-function.ts';

/** What jsonb can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/**
 * Why something was changed or dropped:
 * `text_replaced` (U+0000 or a lone surrogate became U+FFFD), `text_cut`, `too_much_text` (dropped), `not_finite` (now text),
 * `big_integer` (now text), `invalid_date` (now null), `circular`, `too_deep`, `too_many_items` (the rest dropped),
 * `too_many_nodes` (the rest dropped), `unreadable` (a getter, proxy or toJSON threw), `unsupported` (a function or a symbol,
 * dropped), `not_an_object` (attributes or labels that are none, dropped).
 */
export type MendReason =
  | 'text_replaced'
  | 'text_cut'
  | 'too_much_text'
  | 'not_finite'
  | 'big_integer'
  | 'invalid_date'
  | 'circular'
  | 'too_deep'
  | 'too_many_items'
  | 'too_many_nodes'
  | 'unreadable'
  | 'unsupported'
  | 'not_an_object';

/** How much of a value is kept; what is beyond is cut or dropped, and reported. Lengths are UTF-16 code units. */
export interface JsonLimits {
  /** Longest string; default 16,384. Base64 of binary data counts as a string. */
  maxStringLength: number;
  /** Longest name of a property; default 1,024, for labels 256. */
  maxKeyLength: number;
  /** Containers inside of containers; default 32, as recursion has to end somewhere and nobody reads deeper. */
  maxDepth: number;
  /** Properties or elements of one container; default 1,000, for labels 64. */
  maxItems: number;
  /** Values in all; default 10,000. */
  maxNodes: number;
  /** All strings and names together; default 1,048,576, so that one row cannot grow to hundreds of megabytes. */
  maxTextLength: number;
}

/** What is kept unless a caller says otherwise. */
export const DEFAULT_LIMITS: JsonLimits = {
  maxStringLength: 16_384,
  maxKeyLength: 1_024,
  maxDepth: 32,
  maxItems: 1_000,
  maxNodes: 10_000,
  maxTextLength: 1_048_576,
};

/** Options of `cleanJson`, `cleanAttributes` and `cleanLabels`. */
export interface CleanOptions {
  /** What may be recorded, see `createRedact`; where it throws, `[REDACTED]` is recorded. */
  redact: Redact;
  /** Overrides of the default limits. */
  limits?: Partial<JsonLimits>;
  /** Called for each change; once per container for what was dropped from its end. */
  onMended?: (reason: MendReason) => void;
}
