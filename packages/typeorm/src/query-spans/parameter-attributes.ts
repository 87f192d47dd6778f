import type { Attributes, Redact } from '@pg-observability/core';

const MAX_PARAMETERS = 50;
const MAX_VALUE_LENGTH = 256;

/**
 * The parameters of a statement as attributes, masked and cut. An attribute's number counts from 0, as the convention has it;
 * PostgreSQL's `$1` counts from 1.
 * @source https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/ (db.query.parameter)
 */
export function parametersToAttributes(
  parameters: unknown,
  names: ReadonlyMap<number, string>,
  redact: Redact,
): Attributes {
  const attributes: Attributes = {};
  if (!Array.isArray(parameters)) {
    return attributes;
  }
  for (const [index, value] of parameters.slice(0, MAX_PARAMETERS).entries()) {
    const key = `db.query.parameter.${index}`;
    const text = maskedText(names.get(index + 1) ?? key, value, redact);
    if (text !== undefined) {
      attributes[key] = text.slice(0, MAX_VALUE_LENGTH);
    }
  }
  return attributes;
}

function maskedText(name: string, value: unknown, redact: Redact): string | undefined {
  try {
    const masked = redact(name, valueToText(value));
    return masked === undefined ? undefined : valueToText(masked);
  } catch {
    // A value that cannot be read, or a redact that throws, costs this one value.
    return '[REDACTED]';
  }
}

function valueToText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      // Room for masking before the cut, without looking through megabytes.
      return value.slice(0, MAX_VALUE_LENGTH * 8);
    case 'object':
      if (value instanceof Date) {
        return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
      }
      return ArrayBuffer.isView(value) ? `${value.byteLength} bytes` : (JSON.stringify(value) ?? 'null');
    default:
      return String(value);
  }
}
