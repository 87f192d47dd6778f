import { ambientContext } from './context/ambient-context.ts';
import type { Observability } from './observability.ts';

let defaultInstance: Observability | undefined;
// A request's context names the tracing of its instance.
const instances = new WeakMap<object, Observability>();

/** Makes `instance` the process's default one, unless there is one already. */
export function offerDefaultInstance(instance: Observability): void {
  defaultInstance ??= instance;
  instances.set(instance.tracing, instance);
}

/** Takes it back, at shutdown. */
export function withdrawDefaultInstance(instance: Observability): void {
  if (defaultInstance === instance) {
    defaultInstance = undefined;
  }
}

/** The process's default instance; undefined when none was created. */
export function getDefaultInstance(): Observability | undefined {
  return defaultInstance;
}

/** The instance whose request or job runs now, else the process's default one; undefined when none was created. */
export function getCurrentInstance(): Observability | undefined {
  const tracing = ambientContext()?.tracing;
  return (tracing === undefined ? undefined : instances.get(tracing)) ?? defaultInstance;
}
