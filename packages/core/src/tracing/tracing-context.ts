import { ambientContext, runInAmbientContext } from '../context/ambient-context.ts';
import type { AmbientContext } from '../context/ambient-context.ts';
import { runInFrame } from '../context/context-frame.ts';
import type { ContextFrame } from '../context/context-frame.ts';
import { randomSpanId, randomTraceId } from '../propagation/correlation-id-format.ts';
import { cleanText } from '../sanitize/clean-text.ts';
import { currentTracer } from './current-tracer.ts';
import { framesCarryContext } from './global-registration.ts';
import { recordError } from './record-error.ts';
import { RecordingSpan } from './recording/recording-span.ts';
import { SpanScope } from './recording/span-scope.ts';
import type {
  Attributes,
  AttributeValue,
  Context,
  Span,
  SpanOptions,
  Tracer,
} from './opentelemetry-types.ts';
import { loadApi } from './optional-opentelemetry.ts';
import { setSpanCorrelationId } from './span-correlation.ts';

/** How an operation starts under a parent from outside; for adapters. */
export interface TracingContextStart {
  parent?: Context | undefined;
  ambient?: AmbientContext | undefined;
  options?: SpanOptions | undefined;
  /** Makes the span. Default: that of the instance whose request or job runs now. */
  tracer?: Tracer | undefined;
  /** The span itself, where the adapter has started it; the operation ends it. */
  span?: Span | undefined;
  /** A span that somebody else has started and will end; the operation adds to it and makes none of its own. */
  borrowedSpan?: Span | undefined;
  /** Called once, when the operation has ended. */
  onEnd?: (() => void) | undefined;
}

/**
 * One operation: a span from construction to `end`, whose parent is the operation that is active when it is made. It is
 * active itself only inside `run`. Nothing here ever throws because of telemetry.
 *
 * Without OpenTelemetry it makes IDs and records nothing.
 *
 * @example
 * ```ts
 * using operation = new TracingContext('import prices', { 'file.name': name });
 * operation.run(() => importPrices(name));
 * ```
 */
export class TracingContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  readonly #span: Span | undefined;
  readonly #context: Context | undefined;
  readonly #ambient: AmbientContext | undefined;
  #frame: ContextFrame | undefined;
  readonly #isBorrowed: boolean;
  readonly #onEnd: (() => void) | undefined;
  #ended = false;

  /**
   * @param operationName name of the span; keep IDs out of it
   * @param attributes attributes by OpenTelemetry's names
   * @param start for adapters: the parent and the context it starts under
   */
  constructor(operationName: string, attributes?: Attributes, start: TracingContextStart = {}) {
    const api = loadApi();
    const parent = start.parent ?? api?.context.active();
    const span = resolveSpan(operationName, attributes, start, parent);
    this.#isBorrowed = start.borrowedSpan !== undefined;
    this.#onEnd = start.onEnd;
    const ids = validIds(api, span);
    if (api !== undefined && span !== undefined && ids !== undefined) {
      this.#span = span;
      this.#context = new SpanScope(api, parent as Context, span);
      this.#ambient = start.ambient;
      if (start.ambient?.correlationId !== undefined) {
        setSpanCorrelationId(span, start.ambient.correlationId);
      }
      this.traceId = ids.traceId;
      this.spanId = ids.spanId;
    } else {
      const ambient = start.ambient ?? ambientContext();
      this.traceId = ambient?.traceId ?? randomTraceId();
      this.spanId = randomSpanId();
      this.#ambient = { ...ambient, traceId: this.traceId, spanId: this.spanId };
    }
  }

  /** Runs `work` with this operation active: what it starts becomes its child. Does not end it. */
  run<Result>(work: () => Result): Result {
    if (this.#ambient !== undefined && this.#context !== undefined && framesCarryContext()) {
      this.#frame ??= { ambient: this.#ambient, context: this.#context };
      return runInFrame(this.#frame, work);
    }
    const inContext = (): Result => {
      const api = loadApi();
      return api === undefined || this.#context === undefined
        ? work()
        : api.context.with(this.#context, work);
    };
    return this.#ambient === undefined ? inContext() : runInAmbientContext(this.#ambient, inContext);
  }

  /** Adds an event to the span. */
  addEvent(name: string, attributes?: Attributes): void {
    this.#record((span) => span.addEvent(String(name), attributes));
  }

  /** Sets an attribute of the span. */
  setAttribute(key: string, value: AttributeValue): void {
    this.#record((span) => span.setAttribute(String(key), value));
  }

  /**
   * Ends the span; later calls do nothing.
   * @param error what went wrong: recorded as an exception, and the status becomes ERROR
   */
  end(error?: unknown): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    try {
      this.#endSpan(error);
    } catch {
      // What has to be read of an error can throw; the operation is over all the same.
    }
    this.#onEnd?.();
  }

  /** Ends the span at the end of a `using` block. An exception that leaves the block is not seen here. */
  [Symbol.dispose](): void {
    this.end();
  }

  /** The span itself, for adapters; undefined where OpenTelemetry is not installed. */
  get span(): Span | undefined {
    return this.#span;
  }

  #endSpan(error: unknown): void {
    const span = this.#span;
    if (span !== undefined && error !== undefined) {
      recordError(span, error);
    }
    if (!this.#isBorrowed) {
      span?.end();
    }
  }

  #record(work: (span: Span) => void): void {
    try {
      if (this.#span !== undefined) {
        work(this.#span);
      }
    } catch {
      // A hostile attribute (a getter that throws) costs that call, never the caller.
    }
  }
}

function validIds(
  api: ReturnType<typeof loadApi>,
  span: Span | undefined,
): ReturnType<Span['spanContext']> | undefined {
  const ids = span?.spanContext();
  if (span instanceof RecordingSpan) {
    return ids;
  }
  return ids !== undefined && api?.isSpanContextValid(ids) === true ? ids : undefined;
}

function resolveSpan(
  operationName: string,
  attributes: Attributes | undefined,
  start: TracingContextStart,
  parent: Context | undefined,
): Span | undefined {
  const { borrowedSpan } = start;
  if (borrowedSpan !== undefined) {
    if (attributes !== undefined) {
      borrowedSpan.setAttributes(attributes);
    }
    return borrowedSpan;
  }
  return (
    start.span ??
    startSpan(
      start.tracer ?? currentTracer(),
      operationName,
      withAttributes(start.options, attributes),
      parent,
    )
  );
}

function withAttributes(options: SpanOptions | undefined, attributes: Attributes | undefined): SpanOptions {
  return attributes === undefined ? (options ?? {}) : { ...options, attributes };
}

function startSpan(
  tracer: Tracer,
  name: unknown,
  options: SpanOptions,
  parent: Context | undefined,
): Span | undefined {
  const text = typeof name === 'string' && name !== '' ? cleanText(name, 1_024) : 'unnamed';
  try {
    return tracer.startSpan(text, options, parent);
  } catch {
    // Attributes that cannot even be read must not keep the operation from running.
    return tracer.startSpan(text, {}, parent);
  }
}
