import { loadApi } from './optional-opentelemetry.ts';

// The key @opentelemetry/core uses; a registered symbol, so it is the same in every copy and in SDK 2 and 3.
const SUPPRESS_TRACING: symbol = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Runs `work` so that no instrumentation makes spans of it: our own SQL must not be traced. */
export function untraced<Result>(work: () => Result): Result {
  const api = loadApi();
  return api === undefined
    ? work()
    : api.context.with(api.context.active().setValue(SUPPRESS_TRACING, true), work);
}

/** True inside {@link untraced}, or where somebody else suppressed tracing. */
export function isUntraced(): boolean {
  return loadApi()?.context.active().getValue(SUPPRESS_TRACING) === true;
}
