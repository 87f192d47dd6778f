import type { OnException } from '../../error-groups/recorded-exception.ts';
import type { Span, SpanContext } from '../opentelemetry-types.ts';
import { exceptionToAttributes } from './exception-attributes.ts';

/**
 * A span that head sampling has dropped: it carries its IDs and records nothing, but it tells of exceptions, so that errors are counted
 * whether or not their trace is kept.
 */
export class UnsampledSpan implements Span {
  readonly #spanContext: SpanContext;
  readonly #parentSpanId: string | undefined;
  readonly #onException: OnException;

  constructor(spanContext: SpanContext, parentSpanId: string | undefined, onException: OnException) {
    this.#spanContext = spanContext;
    this.#parentSpanId = parentSpanId;
    this.#onException = onException;
  }

  spanContext(): SpanContext {
    return this.#spanContext;
  }

  isRecording(): boolean {
    return false;
  }

  recordException(exception: Error | string): void {
    const { traceId, spanId } = this.#spanContext;
    this.#onException({
      attributes: exceptionToAttributes(exception),
      traceId,
      spanId,
      parentSpanId: this.#parentSpanId,
      serviceName: undefined,
      atMs: Date.now(),
    });
  }

  setAttribute(): this {
    return this;
  }

  setAttributes(): this {
    return this;
  }

  addEvent(): this {
    return this;
  }

  addLink(): this {
    return this;
  }

  addLinks(): this {
    return this;
  }

  setStatus(): this {
    return this;
  }

  updateName(): this {
    return this;
  }

  end(): void {
    // Nothing was recorded.
  }
}
