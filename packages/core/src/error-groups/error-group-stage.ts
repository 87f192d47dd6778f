import type { Context, ReadableSpan, Span } from '../tracing/opentelemetry-types.ts';
import type { SpanStage } from '../tracing/span-stage.ts';
import type { ErrorRecorder } from './error-recorder.ts';
import type { OnException } from './recorded-exception.ts';

/**
 * Looks for exceptions in the spans of the application's own SDK. Our own spans tell of them when they are recorded, so that nothing is
 * paid where nothing fails.
 */
export class ErrorGroupStage implements SpanStage {
  readonly #next: SpanStage;
  readonly #onException: OnException;

  constructor(next: SpanStage, onException: OnException) {
    this.#next = next;
    this.#onException = onException;
  }

  get started(): number {
    return this.#next.started;
  }

  onStart(span: Span, context: Context): void {
    this.#next.onStart(span, context);
  }

  onEnd(span: ReadableSpan): void {
    try {
      if (span.events.length > 0) {
        this.#look(span);
      }
    } catch {
      // A span of somebody else's making; the next stage counts it.
    }
    this.#next.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#next.forceFlush();
  }

  flush(timeoutMs: number): Promise<void> {
    return this.#next.flush(timeoutMs);
  }

  shutdown(timeoutMs?: number): Promise<void> {
    return this.#next.shutdown(timeoutMs);
  }

  #look(span: ReadableSpan): void {
    const { traceId, spanId } = span.spanContext();
    for (const event of span.events) {
      if (event.name === 'exception') {
        this.#onException({
          attributes: event.attributes ?? {},
          traceId,
          spanId,
          parentSpanId: span.parentSpanContext?.spanId,
          serviceName: span.resource.attributes['service.name'],
          atMs: event.time[0] * 1e3 + event.time[1] / 1e6,
        });
      }
    }
  }
}

/** The entry for spans of the application's own SDK. */
export function withErrorGroups(entry: SpanStage, recorder: ErrorRecorder | undefined): SpanStage {
  return recorder === undefined ? entry : new ErrorGroupStage(entry, recorder.note);
}
