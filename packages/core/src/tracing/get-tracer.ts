import { currentTracer, getGlobalTracer } from './current-tracer.ts';
import type { Tracer } from './opentelemetry-types.ts';

/**
 * A tracer to start spans with.
 *
 * @param name names the part of the program, as OpenTelemetry's instrumentation scope does; without it, the tracer of this
 * library is answered
 * @returns a tracer of the current provider; its spans record nothing where OpenTelemetry is not installed
 * @example
 * ```ts
 * const span = getTracer('billing').startSpan('charge card');
 * span.end();
 * ```
 */
export function getTracer(name?: string): Tracer {
  const ours = currentTracer();
  return typeof name === 'string' && name !== '' ? getGlobalTracer(name) : ours;
}
