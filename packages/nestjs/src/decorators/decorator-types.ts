/** Anything that is called: accessors and properties are not. */
export type DecoratedMethod = (...args: never[]) => unknown;

/** A decorator for methods only, which does not compile on classes, accessors, properties and parameters. */
export type MethodOnlyDecorator = <Method extends DecoratedMethod>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => TypedPropertyDescriptor<Method>;

/** What a call comes to: the value of a promise, the last value of an observable, the return value of a generator. */
export type ResultOf<Answer> = Answer extends { subscribe: (observer: never) => unknown; pipe: unknown }
  ? unknown
  : Answer extends PromiseLike<infer Value>
    ? Value
    : Answer extends { [Symbol.asyncIterator]: unknown } | Generator
      ? unknown
      : Answer;
