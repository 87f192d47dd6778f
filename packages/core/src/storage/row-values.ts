import type { JsonValue } from '../sanitize/clean-json.ts';

/**
 * A timestamp that was selected as `(extract(epoch from t) * 1000)::float8`. Drivers parse timestamps differently, and some
 * applications change the parser of theirs; a number is the same everywhere.
 */
export function epochMsToDate(epochMs: number): Date {
  return new Date(epochMs);
}

/** {@link epochMsToDate} for a column that may be null. */
export function epochMsToDateOrNull(epochMs: number | null): Date | null {
  return epochMs === null ? null : new Date(epochMs);
}

/** A jsonb column: parsed by most drivers, text where the application has switched that off. Null gives `{}`. */
export function jsonToObject(value: unknown): Record<string, JsonValue> {
  const parsed: unknown = typeof value === 'string' ? JSON.parse(value) : value;
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    ? (parsed as Record<string, JsonValue>)
    : {};
}
