import { datadogParent } from '../datadog-parents.ts';
import { isDatadogSpan } from '../datadog-span.ts';
import type { ReadableSpan } from '../opentelemetry-types.ts';

const SERVER_KIND = 1;

/**
 * Whether a span, started or ended, begins the work of this process: it has no parent, or one in another process. dd-trace does
 * not tell where a parent is; there the spans of requests count, and those below which no other has come to us.
 */
export function isLocalRoot(span: object): boolean {
  if (isDatadogSpan(span)) {
    return span.kind === SERVER_KIND || datadogParent(span._ddSpan) === undefined;
  }
  const { parentSpanContext } = span as Partial<ReadableSpan>;
  return parentSpanContext === undefined || parentSpanContext.isRemote === true;
}
