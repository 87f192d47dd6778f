import type { ReadableSpan } from './opentelemetry-types.ts';

const ERROR_STATUS = 2;
const SLOW_SECONDS = 1;

/** Whether a span is kept longest when something has to be dropped: errors, and local roots that took a second or more. */
export function isImportant(span: ReadableSpan): boolean {
  if (span.status.code === ERROR_STATUS) {
    return true;
  }
  const parent = span.parentSpanContext;
  return span.duration[0] >= SLOW_SECONDS && (parent === undefined || parent.isRemote === true);
}
