import { randomTraceId } from '../propagation/correlation-id-format.ts';
import { loadApi } from '../tracing/optional-opentelemetry.ts';
import { ambientContext } from './ambient-context.ts';

/** The IDs of the operation that runs now. */
export interface ActiveTrace {
  /** 32 hex digits. */
  traceId: string;
  /** 16 hex digits. */
  spanId: string;
}

/** Trace and span ID of the operation that runs now, of whichever tracer; undefined outside of any. */
export function activeTrace(): ActiveTrace | undefined {
  const api = loadApi();
  const span = api?.trace.getActiveSpan()?.spanContext();
  if (api !== undefined && span !== undefined && api.isSpanContextValid(span)) {
    return { traceId: span.traceId, spanId: span.spanId };
  }
  const ambient = ambientContext();
  return ambient?.traceId !== undefined && ambient.spanId !== undefined
    ? { traceId: ambient.traceId, spanId: ambient.spanId }
    : undefined;
}

/** The same where its spans are stored; undefined where sampling leaves them out. */
export function activeSampledTrace(): ActiveTrace | undefined {
  const span = loadApi()?.trace.getActiveSpan()?.spanContext();
  return span === undefined || (span.traceFlags & 1) === 0 ? undefined : activeTrace();
}

/**
 * Makes a correlation ID: the active trace ID, so that logs, rows and the trace share one value, else a random one.
 * @returns 32 lower-case hex digits
 * @example `const id = generateCorrelationId(); // '4bf92f3577b34da6a3ce929d0e0e4736'`
 */
export function generateCorrelationId(): string {
  return activeTrace()?.traceId ?? randomTraceId();
}

/**
 * The correlation ID of the request or job that runs now: the accepted or generated one, else the active trace ID.
 * @returns undefined outside of any request, job or span
 * @example `logger.info({ correlationId: currentCorrelationId() }, 'order placed');`
 */
export function currentCorrelationId(): string | undefined {
  return ambientContext()?.correlationId ?? activeTrace()?.traceId;
}
