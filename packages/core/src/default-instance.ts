import type { Observability } from './observability.ts';

let defaultInstance: Observability | undefined;

/** Makes `instance` the process's default one, unless there is one already. */
export function offerDefaultInstance(instance: Observability): void {
  defaultInstance ??= instance;
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
