import type { Context, ReadableSpan, Span } from '../opentelemetry-types.ts';
import { toReadableSpan } from '../readable-span.ts';
import type { SpanStage } from '../span-stage.ts';
import type { ExporterQueue } from './exporter-queue.ts';

/** Gives every sampled span to the queue of each further exporter, after ours has it. */
export class SpanTeeStage implements SpanStage {
  readonly #next: SpanStage;
  readonly #queues: readonly ExporterQueue[];

  constructor(next: SpanStage, queues: readonly ExporterQueue[]) {
    this.#next = next;
    this.#queues = queues;
  }

  get started(): number {
    return this.#next.started;
  }

  onStart(span: Span, parentContext: Context): void {
    this.#next.onStart(span, parentContext);
  }

  onEnd(ended: ReadableSpan): void {
    this.#next.onEnd(ended);
    const span = toReadableSpan(ended);
    // What is not sampled must not come to an exporter (OpenTelemetry SDK specification).
    if (span !== undefined && isSampled(span)) {
      this.#queues.forEach((queue) => queue.add(span));
    }
  }

  forceFlush(): Promise<void> {
    return this.flush(10_000);
  }

  async flush(timeoutMs: number): Promise<void> {
    await Promise.all([this.#next.flush(timeoutMs), ...this.#queues.map((queue) => queue.flush(timeoutMs))]);
  }

  async shutdown(timeoutMs = 5_000): Promise<void> {
    await Promise.all([
      this.#next.shutdown(timeoutMs),
      ...this.#queues.map((queue) => queue.shutdown(timeoutMs)),
    ]);
  }
}

function isSampled(span: ReadableSpan): boolean {
  try {
    return (span.spanContext().traceFlags & 1) === 1;
  } catch {
    // A span of somebody else's making, with a getter that throws.
    return false;
  }
}
