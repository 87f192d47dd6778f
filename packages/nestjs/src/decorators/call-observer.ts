/** What is told about one call of a method. */
export interface CallObserver {
  /** Runs the method, and whatever it goes on with later. */
  run<Result>(work: () => Result): Result;
  /** The call is over, successfully: with what was answered, the last value of an observable, or the return value of a generator. */
  succeed(result: unknown): void;
  /** The call is over without a result: nobody listens any more, or nobody asks for more. */
  leave(): void;
  /** The call is over with this error. */
  fail(error: unknown): void;
}

/** Tells the end of a call once, of what can end more than once: a stream can be subscribed to again, and so on. */
export function tellOnce(observer: CallObserver): CallObserver {
  let isOver = false;
  const end = (tell: () => void): void => {
    if (!isOver) {
      isOver = true;
      tell();
    }
  };
  return {
    run: (work) => observer.run(work),
    succeed: (result) => end(() => observer.succeed(result)),
    leave: () => end(() => observer.leave()),
    fail: (error) => end(() => observer.fail(error)),
  };
}

/** The handlers of a promise that tell the observer and pass on what they got. */
export function promiseHandlers(
  observer: CallObserver,
): [onValue: (value: unknown) => unknown, onError: (error: unknown) => never] {
  return [
    (value) => {
      observer.succeed(value);
      return value;
    },
    (error) => {
      observer.fail(error);
      throw error;
    },
  ];
}

/** Whether it is a promise as async functions answer it, which nobody has given further methods. */
export function isPlainPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && Object.getPrototypeOf(value) === Promise.prototype;
}
