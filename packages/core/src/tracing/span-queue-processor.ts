import type { IngestStats } from '../ingest/ingest-stats.ts';
import type { IngestWriter } from '../ingest/ingest-writer.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { noteDatadogSpan } from './datadog-span.ts';
import type { ReadableSpan, Span, SpanProcessor } from './opentelemetry-types.ts';
import { toReadableSpan } from './readable-span.ts';
import { RecordingSpan } from './recording/recording-span.ts';
import { SpanBatchBuilder } from './span-batch-builder.ts';
import { noteCorrelationId } from './span-correlation.ts';
import type { SpanEncoder } from './span-encoder.ts';
import { isImportant } from './span-importance.ts';
import { spanRefusal } from './span-window.ts';

/** Options of {@link SpanQueueProcessor}. */
export interface SpanQueueOptions {
  /** Spans kept in memory at most. */
  maxQueuedSpans: number;
  /** Spans of one batch at most. */
  maxBatchSpans: number;
  /** Milliseconds a span waits at most before it is written. */
  flushIntervalMs: number;
  /** True when the processor has the writer to itself, and shuts it down. */
  ownsWriter: boolean;
  /** Days spans are kept; older ones are not accepted. Default 14. */
  retentionDays?: number | undefined;
}

// Encoding goes on in slices of this length, with the application's own work in between.
const SLICE_MS = 1;
// Looking at the clock costs as much as a tenth of a span.
const SPANS_PER_LOOK = 32;

/**
 * Takes ended spans off the request, encodes them in slices, and hands them to the writer in batches. In place of
 * OpenTelemetry's batch processor, which drops a failed batch for good and does not wait for the batch in flight when it is
 * flushed.
 */
export class SpanQueueProcessor implements SpanProcessor {
  readonly #writer: IngestWriter;
  readonly #options: SpanQueueOptions;
  readonly #builder: SpanBatchBuilder;
  #ended: ReadableSpan[] = [];
  /** Spans of `#ended` that are encoded already. */
  #position = 0;
  #started = 0;
  #slice: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #settling: Promise<unknown> | undefined;
  #onDrained: (() => void)[] = [];
  #stopped = false;

  constructor(encoder: SpanEncoder, writer: IngestWriter, options: SpanQueueOptions) {
    this.#writer = writer;
    this.#options = options;
    this.#builder = new SpanBatchBuilder(encoder);
  }

  /** How many spans have come by; 0 means that no provider has this processor. */
  get started(): number {
    return this.#started;
  }

  onStart(span: Span): void {
    this.#started += 1;
    noteCorrelationId(span);
    if (!(span instanceof RecordingSpan)) {
      noteDatadogSpan(span);
    }
  }

  onEnd(ended: ReadableSpan): void {
    const span = toReadableSpan(ended);
    if (span === undefined) {
      this.#writer.countDropped('spans', 'unreadable', 1);
      return;
    }
    try {
      this.#take(span);
    } catch {
      // A span of somebody else's making, with a getter that throws.
      this.#writer.countDropped('spans', 'unreadable', 1);
    }
  }

  #take(span: ReadableSpan): void {
    const refusal = this.#stopped ? 'shutdown' : spanRefusal(span, Date.now(), this.#options.retentionDays);
    if (refusal !== undefined) {
      if (refusal !== 'not_sampled') {
        this.#writer.countDropped('spans', refusal, 1);
      }
      return;
    }
    if (
      this.#queued() >= this.#options.maxQueuedSpans &&
      !(isImportant(span) && this.#writer.makeRoom('spans'))
    ) {
      this.#writer.countDropped('spans', 'queue_full', 1);
      return;
    }
    this.#ended.push(span);
    this.#encodeSoon();
  }

  forceFlush(): Promise<void> {
    return this.flush(10_000);
  }

  async flush(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    await this.#untilEncoded(timeoutMs);
    this.#cut();
    await this.#writer.flush(Math.max(1, deadline - performance.now()));
  }

  async shutdown(timeoutMs = 5_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    await this.#untilEncoded(timeoutMs).catch(() => undefined);
    this.#stopped = true;
    this.#cut();
    clearTimeout(this.#timer);
    clearImmediate(this.#slice);
    const left = this.#ended.length - this.#position;
    if (left > 0) {
      this.#writer.countDropped('spans', 'shutdown', left);
    }
    if (this.#options.ownsWriter) {
      await this.#writer.shutdown(Math.max(1, deadline - performance.now()));
    }
  }

  stats(): IngestStats {
    const stats = this.#writer.stats('spans');
    return { ...stats, queued: this.#queued() };
  }

  #queued(): number {
    return this.#ended.length - this.#position + this.#builder.rowCount + this.#writer.queuedRows('spans');
  }

  #encodeSoon(): void {
    if (this.#slice === undefined && this.#settling === undefined) {
      this.#slice = setImmediate(() => {
        this.#slice = undefined;
        this.#encodeSlice();
      });
    }
  }

  #encodeSlice(): void {
    const until = performance.now() + SLICE_MS;
    while (this.#position < this.#ended.length) {
      const span = this.#ended[this.#position] as ReadableSpan;
      if (span.resource.asyncAttributesPending === true) {
        this.#encodeOnceSettled(span);
        return;
      }
      this.#position += 1;
      this.#encode(span);
      if (this.#position % SPANS_PER_LOOK === 0 && performance.now() >= until) {
        this.#encodeSoon();
        return;
      }
    }
    this.#ended = [];
    this.#position = 0;
    this.#onDrained.splice(0).forEach((onDrained) => onDrained());
  }

  #encode(span: ReadableSpan): void {
    try {
      if (!this.#builder.add(span, isImportant(span))) {
        this.#writer.countDropped('spans', 'invalid_ids', 1);
      }
    } catch {
      // A span of somebody else's making, with a getter that throws.
      this.#writer.countDropped('spans', 'unreadable', 1);
    }
    if (this.#builder.rowCount >= this.#options.maxBatchSpans) {
      this.#cut();
    } else {
      this.#timer ??= setTimeout(() => this.#cut(), this.#options.flushIntervalMs).unref();
    }
  }

  // Attributes of a resource that are still being detected; the spans wait in their order.
  #encodeOnceSettled({ resource }: ReadableSpan): void {
    this.#settling = Promise.resolve(resource.waitForAsyncAttributes?.())
      .catch(() => undefined)
      .then(() => {
        this.#settling = undefined;
        this.#encodeSoon();
      });
  }

  #cut(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#builder.rowCount > 0) {
      const { batch, importantRowCount } = this.#builder.cut(Date.now());
      this.#writer.add(batch, importantRowCount);
    }
  }

  #untilEncoded(timeoutMs: number): Promise<void> {
    if (this.#position === this.#ended.length) {
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const left = this.#ended.length - this.#position;
        reject(
          new ObservabilityError(
            'STORE_UNAVAILABLE',
            `${left} spans were not encoded within ${timeoutMs} ms. They stay queued.`,
          ),
        );
      }, timeoutMs);
      this.#onDrained.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
