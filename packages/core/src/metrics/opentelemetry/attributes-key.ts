import { createHash } from 'node:crypto';
import { isPlainObject } from '../../arguments/plain-object.ts';
import { cleanAttributes } from '../../sanitize/clean-json.ts';

const MAX_SIMPLE_ATTRIBUTES = 64;
const MAX_SIMPLE_LENGTH = 1_024;

/**
 * Equal for equal attributes, whatever their order. Those of labels would not do: where two series become one when they are
 * masked or cut, each still has a total of its own.
 */
export function attributesToKey(attributes: unknown): string {
  return simpleKey(attributes) ?? hashedKey(attributes);
}

function simpleKey(attributes: unknown): string | undefined {
  if (!isPlainObject(attributes)) {
    return undefined;
  }
  const names: string[] = [];
  for (const name in attributes) {
    if (!isSimple(attributes[name]) || names.push(name) > MAX_SIMPLE_ATTRIBUTES) {
      return undefined;
    }
  }
  return JSON.stringify(names.sort().map((name) => [name, attributes[name]]));
}

function isSimple(value: unknown): boolean {
  return typeof value === 'string'
    ? value.length <= MAX_SIMPLE_LENGTH
    : typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

// Large values are not kept, only compared.
function hashedKey(attributes: unknown): string {
  const clean = cleanAttributes(attributes, {
    redact: (_key, value) => value,
    limits: { maxItems: 10_000, maxStringLength: 1_048_576, maxTextLength: 16_777_216 },
  });
  const entries = Object.entries(clean).sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('base64');
}
