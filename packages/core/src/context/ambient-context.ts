import { currentFrame, runInFrame } from './context-frame.ts';

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

/** The context of the code that runs now; undefined outside of any. */
export function ambientContext(): AmbientContext | undefined {
  return currentFrame()?.ambient as AmbientContext | undefined;
}

/** Runs `work` in `context`, and everything it starts. */
export function runInAmbientContext<Result>(context: AmbientContext, work: () => Result): Result {
  return runInFrame({ ambient: context, context: currentFrame()?.context }, work);
}
