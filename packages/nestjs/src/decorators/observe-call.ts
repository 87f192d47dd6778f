import { isPlainPromise, promiseHandlers, tellOnce } from './call-observer.ts';
import type { CallObserver } from './call-observer.ts';
import { isAsyncIterable, observeAsyncIterable } from './observe-async-iterable.ts';
import { isGenerator, observeGenerator } from './observe-generator.ts';
import { isStream, observeStream } from './observe-stream.ts';
import { isThenable, observeThenable } from './observe-thenable.ts';

/** Calls a method and tells the observer when it is over. Answers what the method answers, and throws what it throws. */
export function observeCall(call: () => unknown, observer: CallObserver): unknown {
  let result: unknown;
  try {
    result = observer.run(call);
  } catch (error) {
    observer.fail(error);
    throw error;
  }
  if (isPlainPromise(result)) {
    // The derived promise is answered: a rejection nobody handles stays unhandled.
    return result.then(...promiseHandlers(observer));
  }
  if (isStream(result)) {
    return observeStream(result, tellOnce(observer));
  }
  if (isGenerator(result)) {
    return observeGenerator(result, tellOnce(observer));
  }
  if (isThenable(result)) {
    return observeThenable(result, tellOnce(observer));
  }
  if (isAsyncIterable(result)) {
    return observeAsyncIterable(result, tellOnce(observer));
  }
  observer.succeed(result);
  return result;
}
