import type * as OpenTelemetryApi from '@opentelemetry/api';
import type { Context, Span } from '../opentelemetry-types.ts';

// By this name the API keeps the span in a context; a registered symbol, so it is the same in every copy.
const SPAN_KEY: symbol = Symbol.for('OpenTelemetry Context Key SPAN');

/**
 * A context with one more value than its parent: the span. What the API's own would be, without a copy of all values for each
 * span; it becomes one as soon as something else is set.
 */
export class SpanScope implements Context {
  readonly #api: typeof OpenTelemetryApi;
  readonly #parent: Context;
  readonly #span: Span;

  constructor(api: typeof OpenTelemetryApi, parent: Context, span: Span) {
    this.#api = api;
    this.#parent = parent;
    this.#span = span;
  }

  getValue(key: symbol): unknown {
    return key === SPAN_KEY ? this.#span : this.#parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#toContext().setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.#toContext().deleteValue(key);
  }

  #toContext(): Context {
    return this.#api.trace.setSpan(this.#parent, this.#span);
  }
}
