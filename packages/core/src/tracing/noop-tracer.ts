import type { Span, SpanContext, Tracer } from './opentelemetry-types.ts';

const INVALID: SpanContext = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 };

/** A span that records nothing. */
export const noopSpan: Span = {
  spanContext: () => INVALID,
  setAttribute: () => noopSpan,
  setAttributes: () => noopSpan,
  addEvent: () => noopSpan,
  addLink: () => noopSpan,
  addLinks: () => noopSpan,
  setStatus: () => noopSpan,
  updateName: () => noopSpan,
  end: () => undefined,
  isRecording: () => false,
  recordException: () => undefined,
};

/** A tracer whose spans record nothing; `startActiveSpan` still runs the work. */
export const noopTracer: Tracer = {
  startSpan: () => noopSpan,
  startActiveSpan(_name: string, ...rest: unknown[]) {
    return (rest.at(-1) as (span: Span) => never)(noopSpan);
  },
};
