import type { CallObserver } from './call-observer.ts';
import { isThenable } from './observe-thenable.ts';

type AnyGenerator = Generator<unknown, unknown, unknown> | AsyncGenerator<unknown, unknown, unknown>;

/** The methods by which an iterator is run. */
export const STEPS: readonly string[] = ['next', 'return', 'throw'];

/** Whether it is what a generator function answers, async or not. */
export function isGenerator(value: unknown): value is AnyGenerator {
  const tag = Object.prototype.toString.call(value);
  return tag === '[object AsyncGenerator]' || tag === '[object Generator]';
}

/** The call is over when the generator is: run through, left or failed. */
export function observeGenerator<Iterating extends object>(
  generator: Iterating,
  observer: CallObserver,
): Iterating {
  return new Proxy(generator, {
    get(target, key, receiver) {
      const member: unknown = Reflect.get(target, key, receiver);
      return typeof member === 'function' && STEPS.includes(String(key))
        ? (...args: unknown[]) => observeStep(key, () => Reflect.apply(member, generator, args), observer)
        : member;
    },
  });
}

/** Takes one step in the context of the call, and tells the observer if it was the last one. */
export function observeStep(key: string | symbol, step: () => unknown, observer: CallObserver): unknown {
  const noteEnd = (result: unknown): unknown => {
    const { done, value } = (result ?? {}) as Partial<IteratorResult<unknown>>;
    if (done === true) {
      // `break` in a loop calls `return`: the generator has not come to its result.
      if (key === 'return') {
        observer.leave();
      } else {
        observer.succeed(value);
      }
    }
    return result;
  };
  const noteError = (error: unknown): never => {
    observer.fail(error);
    throw error;
  };
  let result: unknown;
  try {
    result = observer.run(step);
  } catch (error) {
    return noteError(error);
  }
  return isThenable(result) ? result.then(noteEnd, noteError) : noteEnd(result);
}
