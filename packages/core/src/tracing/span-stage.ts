import type { SpanProcessor } from './opentelemetry-types.ts';

/** One station on the way of an ended span: a processor that knows whether it is in use, and keeps to a time. */
export interface SpanStage extends SpanProcessor {
  /** How many spans have come by; 0 means that no provider has this processor. */
  readonly started: number;
  /** Resolves when everything that ended before is stored or counted; rejects after `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>;
  /** Flushes within the time, and stops. */
  shutdown(timeoutMs?: number): Promise<void>;
}
