import { ambientContext } from '../context/ambient-context.ts';
import { noopTracer } from './noop-tracer.ts';
import type { Tracer } from './opentelemetry-types.ts';
import { loadApi } from './optional-opentelemetry.ts';
import type { Tracing } from './tracing.ts';

let defaultTracing: Tracing | undefined;

/** Makes `tracing` the one that code outside of any request uses, unless there is one already. */
export function offerDefaultTracing(tracing: Tracing): void {
  defaultTracing ??= tracing;
}

/** Takes it back, at shutdown. */
export function withdrawDefaultTracing(tracing: Tracing): void {
  if (defaultTracing === tracing) {
    defaultTracing = undefined;
  }
}

/** The tracing of the instance whose request or job runs now, else of the process's first instance. */
export function currentTracing(): Tracing | undefined {
  return (ambientContext()?.tracing as Tracing | undefined) ?? defaultTracing;
}

/** The tracer of the instance whose request or job runs now, else of the process's first instance, else the global one. */
export function currentTracer(): Tracer {
  return currentTracing()?.use() ?? getGlobalTracer(undefined);
}

/** A tracer of OpenTelemetry's global provider; a no-op one where the package is absent. */
export function getGlobalTracer(name: string | undefined): Tracer {
  const api = loadApi();
  return api === undefined ? noopTracer : api.trace.getTracer(name ?? '@pg-observability/core');
}

/** True when code runs in a process where an instance of ours traces. */
export function hasTracing(): boolean {
  return ambientContext()?.tracing !== undefined || defaultTracing !== undefined;
}
