import { AsyncLocalStorage } from 'node:async_hooks';

/** What travels with a request or a job besides the OpenTelemetry span. */
export interface AmbientContext {
  /** Correlation ID of the request or job. */
  readonly correlationId?: string | undefined;
  /** Trace of the innermost operation when OpenTelemetry is not installed. */
  readonly traceId?: string | undefined;
  /** Innermost operation when OpenTelemetry is not installed. */
  readonly spanId?: string | undefined;
  /** W3C trace flags of that trace, when OpenTelemetry is not installed. */
  readonly traceFlags?: number | undefined;
  /** Trace ID that came in with the W3C random flag; the flag is passed on for that trace only. */
  readonly randomTraceId?: string | undefined;
  /** W3C tracestate as it came, when OpenTelemetry is not installed. */
  readonly tracestate?: string | undefined;
  /** W3C baggage as it came, when OpenTelemetry is not installed. */
  readonly baggage?: string | undefined;
  /** The tracing of the instance that opened this context; several can live in one process. */
  readonly tracing?: object | undefined;
  /** The HTTP request that is answered, as node:http made it. */
  readonly request?: object | undefined;
}

// One storage per process even when two copies of this package are loaded (an ESM and a CommonJS graph, say).
const KEY: unique symbol = Symbol.for('pg-observability.ambient-context');
const registry = globalThis as { [KEY]?: AsyncLocalStorage<AmbientContext> };
const storage: AsyncLocalStorage<AmbientContext> = (registry[KEY] ??=
  new AsyncLocalStorage<AmbientContext>());

/** The context of the code that runs now; undefined outside of any. */
export function ambientContext(): AmbientContext | undefined {
  return storage.getStore();
}

/** Runs `work` in `context`, and everything it starts. */
export function runInAmbientContext<Result>(context: AmbientContext, work: () => Result): Result {
  return storage.run(context, work);
}
