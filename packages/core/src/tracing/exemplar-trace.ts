import type { ExemplarTrace } from '../metrics/exemplars.ts';
import type { TracingContext } from './tracing-context.ts';

/** The span of an operation as an example for a histogram, where it is sampled, and so most likely stored. */
export function exemplarTrace(operation: TracingContext | undefined): ExemplarTrace | undefined {
  const context = operation?.span?.spanContext();
  return context !== undefined && (context.traceFlags & 1) === 1 ? operation : undefined;
}
