import type { ReadableSpan } from './opentelemetry-types.ts';
import { RecordingSpan } from './recording/recording-span.ts';

/** Epoch milliseconds of the start, by which the partition is found. */
export function spanStartMs(span: ReadableSpan): number {
  return span instanceof RecordingSpan ? span.startMs : span.startTime[0] * 1e3 + span.startTime[1] / 1e6;
}

/** How long a span took, in milliseconds. */
export function spanDurationMs(span: ReadableSpan): number {
  return span instanceof RecordingSpan
    ? span.endMs - span.startMs
    : span.duration[0] * 1e3 + span.duration[1] / 1e6;
}
