import type { ReadableSpan } from './opentelemetry-types.ts';
import { spanDurationMs } from './span-times.ts';

const ERROR_STATUS = 2;
const SLOW_MS = 1_000;

/** Whether a span is kept longest when something has to be dropped: errors, and local roots that took a second or more. */
export function isImportant(span: ReadableSpan): boolean {
  if (span.status.code === ERROR_STATUS) {
    return true;
  }
  const parent = span.parentSpanContext;
  return spanDurationMs(span) >= SLOW_MS && (parent === undefined || parent.isRemote === true);
}
