import { isSpanId, isTraceId } from '../propagation/traceparent.ts';
import type { ReadableSpan } from './opentelemetry-types.ts';

const DAY_MS = 86_400_000;

/** How long spans are kept by default; older ones are not accepted, because their partition would be dropped at once. */
export const SPAN_RETENTION_DAYS = 14;

/** Epoch milliseconds of the start, by which the partition is found. */
export function spanStartMs(span: ReadableSpan): number {
  return span.startTime[0] * 1e3 + span.startTime[1] / 1e6;
}

/** Why a span cannot be stored; undefined when it can. */
export function spanRefusal(
  span: ReadableSpan,
  nowMs: number,
  retentionDays: number = SPAN_RETENTION_DAYS,
): 'not_sampled' | 'out_of_window' | 'invalid_ids' | undefined {
  const context = span.spanContext();
  if ((context.traceFlags & 1) === 0) {
    return 'not_sampled';
  }
  if (!isTraceId(context.traceId) || !isSpanId(context.spanId)) {
    return 'invalid_ids';
  }
  const start = spanStartMs(span);
  return start >= nowMs - retentionDays * DAY_MS && start <= nowMs + DAY_MS ? undefined : 'out_of_window';
}
