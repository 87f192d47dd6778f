import { spanStartMs } from './span-times.ts';
import type { ReadableSpan } from './opentelemetry-types.ts';

const DAY_MS = 86_400_000;

/** How long spans are kept by default; older ones are not accepted, because their partition would be dropped at once. */
export const SPAN_RETENTION_DAYS = 14;

/** Why a span is not stored, whatever else is in it; undefined when it can be. Its IDs are looked at when they are written. */
export function spanRefusal(
  span: ReadableSpan,
  nowMs: number,
  retentionDays: number = SPAN_RETENTION_DAYS,
): 'not_sampled' | 'out_of_window' | undefined {
  if ((span.spanContext().traceFlags & 1) === 0) {
    return 'not_sampled';
  }
  const start = spanStartMs(span);
  return start >= nowMs - retentionDays * DAY_MS && start <= nowMs + DAY_MS ? undefined : 'out_of_window';
}
