import { isPlainPromise } from './call-observer.ts';
import type { CallObserver } from './call-observer.ts';

type AnyGenerator = Generator<unknown, unknown, unknown> | AsyncGenerator<unknown, unknown, unknown>;
type Step = IteratorResult<unknown>;

const STEPS: ReadonlySet<string | symbol> = new Set(['next', 'return', 'throw']);

/** Whether it is what a generator function answers, async or not. */
export function isGenerator(value: unknown): value is AnyGenerator {
  const tag = Object.prototype.toString.call(value);
  return tag === '[object AsyncGenerator]' || tag === '[object Generator]';
}

/** The call is over when the generator is: run through, left or failed. */
export function observeGenerator(generator: AnyGenerator, observer: CallObserver): AnyGenerator {
  return new Proxy(generator, {
    get(target, key, receiver) {
      const member: unknown = Reflect.get(target, key, receiver);
      return typeof member === 'function' && STEPS.has(key)
        ? (...args: unknown[]) => observeStep(() => Reflect.apply(member, generator, args), observer)
        : member;
    },
  });
}

function observeStep(step: () => unknown, observer: CallObserver): unknown {
  const noteEnd = (result: Step): Step => {
    if (result.done === true) {
      observer.succeed();
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
  return isPlainPromise(result)
    ? result.then((each) => noteEnd(each as Step), noteError)
    : noteEnd(result as Step);
}
