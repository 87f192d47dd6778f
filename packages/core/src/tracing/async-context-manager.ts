import type { EventEmitter } from 'node:events';
import { currentFrame, runInFrame } from '../context/context-frame.ts';
import type { Context } from './opentelemetry-types.ts';

/**
 * Keeps OpenTelemetry's active context over awaits and callbacks, by Node's AsyncLocalStorage. Our own, because the official
 * one is in a package that `@opentelemetry/sdk-trace` does not bring along.
 */
export class AsyncContextManager {
  readonly #root: Context;
  #isEnabled = true;

  constructor(root: Context) {
    this.#root = root;
  }

  active(): Context {
    return ((this.#isEnabled ? currentFrame()?.context : undefined) as Context | undefined) ?? this.#root;
  }

  with<Args extends unknown[], Result>(
    context: Context,
    work: (...args: Args) => Result,
    thisArg?: unknown,
    ...args: Args
  ): Result {
    return this.#run(context, () => work.apply(thisArg, args));
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
        this.#run(context, () => emit.apply(target, args));
    }
    return target;
  }

  enable(): this {
    this.#isEnabled = true;
    return this;
  }

  disable(): this {
    this.#isEnabled = false;
    return this;
  }

  #run<Result>(context: Context, work: () => Result): Result {
    return runInFrame({ ambient: currentFrame()?.ambient, context }, work);
  }

  #bindFunction(context: Context, work: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
    const run = (call: () => unknown): unknown => this.#run(context, call);
    const bound = function (this: unknown, ...args: unknown[]): unknown {
      return run(() => work.apply(this, args));
    };
    Object.defineProperty(bound, 'length', { value: work.length, configurable: true });
    return bound;
  }
}

function isEmitter(value: unknown): value is EventEmitter {
  return typeof value === 'object' && value !== null && typeof (value as EventEmitter).emit === 'function';
}
