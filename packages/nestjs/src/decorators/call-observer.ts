/** What is told about one call of a method. */
export interface CallObserver {
  /** Runs the method, and whatever it goes on with later. */
  run<Result>(work: () => Result): Result;
  /** The call is over, successfully. Only the first word about the end of a call counts. */
  succeed(): void;
  /** The call is over with this error. */
  fail(error: unknown): void;
}

/** The handlers of a promise that tell the observer and pass on what they got. */
export function promiseHandlers(
  observer: CallObserver,
): [onValue: (value: unknown) => unknown, onError: (error: unknown) => never] {
  return [
    (value) => {
      observer.succeed();
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
