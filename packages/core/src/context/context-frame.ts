import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What travels with the code of a request or a job: what this library knows of it, and OpenTelemetry's context where ours is
 * the context manager. In one storage, because on Node.js 20 each storage costs every callback and promise of the process.
 */
export interface ContextFrame {
  readonly ambient: unknown;
  /** OpenTelemetry's context; undefined stands for the root. */
  readonly context: unknown;
}

// One storage per process even when two copies of this package are loaded (an ESM and a CommonJS graph, say).
const KEY: unique symbol = Symbol.for('pg-observability.context-frame');
const registry = globalThis as { [KEY]?: AsyncLocalStorage<ContextFrame> };
const storage: AsyncLocalStorage<ContextFrame> = (registry[KEY] ??= new AsyncLocalStorage<ContextFrame>());

/** The frame of the code that runs now; undefined outside of any. */
export function currentFrame(): ContextFrame | undefined {
  return storage.getStore();
}

/** Runs `work` in `frame`, and everything it starts. */
export function runInFrame<Result>(frame: ContextFrame, work: () => Result): Result {
  return storage.run(frame, work);
}
