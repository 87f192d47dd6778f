import { createIngestQueue } from '../ingest/ingest-queue.ts';
import type { IngestQueue } from '../ingest/ingest-queue.ts';
import type { IngestStats } from '../ingest/ingest-stats.ts';
import type { Log } from '../logging/log-once.ts';
import { noteDatadogSpan } from './datadog-span.ts';
import type { ReadableSpan, Span, SpanProcessor } from './opentelemetry-types.ts';
import { toReadableSpan } from './readable-span.ts';
import { noteCorrelationId } from './span-correlation.ts';
import { spanRefusal } from './span-window.ts';
import type { SpanWriter } from './span-writer.ts';

/** Options of {@link SpanQueueProcessor}. */
export interface SpanQueueOptions {
  /** Spans kept in memory at most. */
  maxQueuedSpans: number;
  /** Spans of one batch at most. */
  maxBatchSpans: number;
  /** Milliseconds a span waits at most before it is written. */
  flushIntervalMs: number;
  log: Log;
}

/**
 * Takes ended spans off the request and writes them in batches. In place of OpenTelemetry's batch processor, which drops a
 * failed batch for good and does not wait for the batch in flight when it is flushed.
 */
export class SpanQueueProcessor implements SpanProcessor {
  readonly #queue: IngestQueue<ReadableSpan>;
  #started = 0;

  constructor(writer: SpanWriter, options: SpanQueueOptions) {
    this.#queue = createIngestQueue<ReadableSpan>({
      name: 'spans',
      write: (batch) => writer.write(batch),
      maxQueuedItems: options.maxQueuedSpans,
      maxBatchItems: options.maxBatchSpans,
      flushIntervalMs: options.flushIntervalMs,
      log: options.log,
    });
  }

  /** How many spans have come by; 0 means that no provider has this processor. */
  get started(): number {
    return this.#started;
  }

  onStart(span: Span): void {
    this.#started += 1;
    noteCorrelationId(span);
    noteDatadogSpan(span);
  }

  onEnd(ended: ReadableSpan): void {
    const span = toReadableSpan(ended);
    if (span === undefined) {
      this.#queue.countDropped('unreadable', 1);
      return;
    }
    const refusal = spanRefusal(span, Date.now());
    if (refusal === undefined) {
      this.#queue.push(span);
    } else if (refusal !== 'not_sampled') {
      this.#queue.countDropped(refusal, 1);
    }
  }

  forceFlush(): Promise<void> {
    return this.#queue.flush();
  }

  flush(timeoutMs: number): Promise<void> {
    return this.#queue.flush(timeoutMs);
  }

  shutdown(timeoutMs?: number): Promise<void> {
    return this.#queue.shutdown(timeoutMs);
  }

  stats(): IngestStats {
    return this.#queue.stats();
  }
}
