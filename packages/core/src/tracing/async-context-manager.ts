import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';
import type { Context } from './opentelemetry-types.ts';

/**
 * Keeps OpenTelemetry's active context over awaits and callbacks, by Node's AsyncLocalStorage. Our own, because the official
 * one is in a package that `@opentelemetry/sdk-trace` does not bring along.
 */
export class AsyncContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();
  readonly #root: Context;

  constructor(root: Context) {
    this.#root = root;
  }

  active(): Context {
    return this.#storage.getStore() ?? this.#root;
  }

  with<Args extends unknown[], Result>(
    context: Context,
    work: (...args: Args) => Result,
    thisArg?: unknown,
    ...args: Args
  ): Result {
    return this.#storage.run(context, () => work.apply(thisArg, args));
  }

  bind<Target>(context: Context, target: Target): Target {
    if (typeof target === 'function') {
      return this.#bindFunction(
        context,
        target as unknown as (...args: unknown[]) => unknown,
      ) as unknown as Target;
    }
    if (isEmitter(target)) {
      // Listeners run inside emit, so binding emit binds them all, those added later too.
      const emit = target.emit;
      target.emit = (...args: Parameters<EventEmitter['emit']>) =>
        this.#storage.run(context, () => emit.apply(target, args));
    }
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#storage.disable();
    return this;
  }

  #bindFunction(context: Context, work: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
    const storage = this.#storage;
    const bound = function (this: unknown, ...args: unknown[]): unknown {
      return storage.run(context, () => work.apply(this, args));
    };
    Object.defineProperty(bound, 'length', { value: work.length, configurable: true });
    return bound;
  }
}

function isEmitter(value: unknown): value is EventEmitter {
  return typeof value === 'object' && value !== null && typeof (value as EventEmitter).emit === 'function';
}
