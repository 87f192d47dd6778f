import type { CallObserver } from './call-observer.ts';
import { observeGenerator, observeStep, STEPS } from './observe-generator.ts';

/**
 * Whether it is an async iterator or makes one, and is nothing else: a stream of Node, a cursor that emits events and a
 * ReadableStream of the web can be read in other ways too, and their end would never be seen here.
 */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    hasMethod(value, Symbol.asyncIterator) &&
    !['on', 'pipe', 'getReader', 'subscribe'].some((name) => hasMethod(value, name))
  );
}

/**
 * The call is over when the iterator is: run through, left or failed. What was answered stays itself, because it can have
 * further methods; an iterable is observed through the first iterator it makes.
 */
export function observeAsyncIterable(
  iterable: AsyncIterable<unknown>,
  observer: CallObserver,
): AsyncIterable<unknown> {
  if (hasMethod(iterable, 'next')) {
    for (const step of STEPS.filter((name) => hasMethod(iterable, name))) {
      replaceMethod(
        iterable,
        step,
        observer,
        (original) =>
          (...args) =>
            observeStep(step, () => Reflect.apply(original, iterable, args), observer),
      );
    }
  } else {
    replaceMethod(iterable, Symbol.asyncIterator, observer, (original) => () => {
      const iterator: unknown = observer.run(() => Reflect.apply(original, iterable, []));
      return typeof iterator === 'object' && iterator !== null
        ? observeGenerator(iterator, observer)
        : iterator;
    });
  }
  return iterable;
}

function replaceMethod(
  target: object,
  key: string | symbol,
  observer: CallObserver,
  replace: (original: Function) => (...args: unknown[]) => unknown,
): void {
  const original = Reflect.get(target, key) as Function;
  const value = replace(original);
  if (
    !Reflect.defineProperty(target, key, { configurable: true, writable: true, enumerable: false, value })
  ) {
    // Frozen.
    observer.leave();
  }
}

function hasMethod(value: unknown, key: string | symbol): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Record<string | symbol, unknown>)[key] === 'function'
  );
}
