import type { Attributes } from '../opentelemetry-types.ts';

/** Limits of a span, by the names of OpenTelemetry's `spanLimits`. */
export interface SpanLimits {
  readonly attributeCountLimit: number;
  readonly attributeValueLengthLimit: number;
  readonly eventCountLimit: number;
  readonly linkCountLimit: number;
  readonly attributePerEventCountLimit: number;
  readonly attributePerLinkCountLimit: number;
}

/** The attributes of an event or a link that are within the limits, and how many are not. */
export function limitAttributes(
  attributes: Attributes | undefined,
  countLimit: number,
  lengthLimit: number,
): { kept: Record<string, unknown>; dropped: number } {
  const kept: Record<string, unknown> = {};
  let count = 0;
  let dropped = 0;
  for (const key of keysOf(attributes)) {
    const value = attributes?.[key];
    if (value === undefined || value === null) {
      continue;
    }
    if (count >= countLimit) {
      dropped += 1;
    } else {
      count += 1;
      setOwn(kept, key, cutValue(value, lengthLimit));
    }
  }
  return { kept, dropped };
}

/** The names of attributes; none where somebody gives something else: a text of ten megabytes has ten million keys. */
export function keysOf(attributes: unknown): string[] {
  return typeof attributes === 'object' && attributes !== null ? Object.keys(attributes) : [];
}

/** A value cut to `limit` characters, each item of a list by itself. */
export function cutValue(value: unknown, limit: number): unknown {
  if (limit === Number.POSITIVE_INFINITY) {
    return value;
  }
  if (typeof value === 'string') {
    return value.length > limit ? value.slice(0, limit) : value;
  }
  return Array.isArray(value) ? value.map((item) => cutValue(item, limit)) : value;
}

/** Sets a property of its own, also where it is named `__proto__`, which an assignment would not. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}
