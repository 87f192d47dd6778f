import { promiseHandlers } from './call-observer.ts';
import type { CallObserver } from './call-observer.ts';

/** Whether it can be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/**
 * Query builders and the like begin their work when somebody awaits them, and have methods that callers chain: what was
 * answered must stay itself, and must not be awaited here. The call is over when the caller's await is.
 */
export function observeThenable(thenable: PromiseLike<unknown>, observer: CallObserver): unknown {
  const { then } = thenable;
  const observedThen: PromiseLike<unknown>['then'] = (onValue, onError) =>
    new Promise((resolve, reject) => {
      observer.run(() => Reflect.apply(then, thenable, [resolve, reject]));
    })
      .then(...promiseHandlers(observer))
      .then(onValue, onError);
  const property = { configurable: true, writable: true, enumerable: false, value: observedThen };
  // oxlint-disable-next-line unicorn/no-thenable -- it is one already
  if (!Reflect.defineProperty(thenable, 'then', property)) {
    // Frozen.
    observer.leave();
  }
  return thenable;
}
