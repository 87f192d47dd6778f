import { isDeepStrictEqual } from 'node:util';
import type { JsonValue } from '../sanitize/json-value.ts';
import type { RecordedSpan } from './recorded-span.ts';

/** Which spans are meant; all of the conditions hold. */
export interface SpanFilter {
  /** The whole name, or a pattern. */
  name?: string | RegExp | undefined;
  kind?: RecordedSpan['kind'] | undefined;
  status?: RecordedSpan['status'] | undefined;
  traceId?: string | undefined;
  correlationId?: string | undefined;
  /** Attributes the span has, each with exactly this value; it may have more. */
  attributes?: Readonly<Record<string, JsonValue>> | undefined;
}

/** Whether a span is one of those that are meant. */
export function matchesSpan(span: RecordedSpan, filter: SpanFilter): boolean {
  const { name, attributes = {}, ...same } = filter;
  return (
    (name === undefined || (typeof name === 'string' ? span.name === name : span.name.search(name) >= 0)) &&
    Object.entries(same).every(
      ([key, value]) => value === undefined || span[key as keyof RecordedSpan] === value,
    ) &&
    Object.entries(attributes).every(([key, value]) => isDeepStrictEqual(span.attributes[key], value))
  );
}

const DATABASE_ATTRIBUTES = ['db.system.name', 'db.system'];

/** Whether a span stands for a database query, by the semantic conventions: `traceQueries`, or an instrumentation of yours. */
export function isQuerySpan(span: RecordedSpan): boolean {
  return span.kind === 'CLIENT' && DATABASE_ATTRIBUTES.some((key) => Object.hasOwn(span.attributes, key));
}
