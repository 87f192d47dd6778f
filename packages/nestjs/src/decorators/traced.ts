import { openIncomingOperation, TracingContext } from '@pg-observability/core';
import type { Attributes, AttributeValue, TraceCarrier } from '@pg-observability/core';
import type { CallObserver } from './call-observer.ts';
import { assertFunction, assertName, assertPlainObject } from './decorator-arguments.ts';
import type { DecoratedMethod, ResultOf } from './decorator-types.ts';
import { wrapClass } from './wrap-class.ts';
import { ENTRANCE, noteWrapped, wrapMethod } from './wrap-method.ts';

/** Options of {@link Traced}. */
export interface TracedOptions<
  Args extends readonly unknown[] = readonly AttributeValue[],
  Result = AttributeValue,
> {
  /** Name of the span; on a class, what stands in the place of the class's name. Default `Class.method`. */
  name?: string | undefined;
  /**
   * Attributes of the span, or a function of the list of the method's arguments that answers them. Annotate the list to name
   * and use the arguments: `([order]: [Order]) => ({ 'order.id': order.id })`; the method must fit then.
   */
  attributes?: Attributes | ((args: Args) => Attributes | undefined) | undefined;
  /**
   * For what enters the application by a method, a job of a queue above all: where the list of arguments holds the trace that it
   * goes on with, as `propagationHeaders()` made it. The span becomes that of a consumer, and the correlation ID is current
   * inside. What is not there or not valid begins a new trace.
   */
  carrier?: ((args: Args) => TraceCarrier) | undefined;
  /**
   * Attributes from the result: what was answered, what a promise resolved to, the last value of an observable, the return
   * value of a generator. Not called when the method fails, or when nobody waits for its end.
   */
  onResult?: ((result: Result) => Attributes | undefined) | undefined;
}

/** What {@link Traced} answers: a decorator of a method that fits the functions it was given, or of a class. */
export interface TracedDecorator<Args extends readonly unknown[], Result> {
  <Class extends abstract new (...args: never[]) => object>(target: Class): void;
  <Method extends DecoratedMethod>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method> & FittingMethod<Method, Args, Result>,
  ): TypedPropertyDescriptor<Method>;
}

// A function that was not annotated takes what comes.
type FittingMethod<Method extends DecoratedMethod, Args, Result> = [
  readonly AttributeValue[] extends Args ? true : Parameters<Method> extends Args ? true : false,
  AttributeValue extends Result ? true : ResultOf<ReturnType<Method>> extends Result ? true : false,
] extends [true, true]
  ? unknown
  : {
      readonly misfit: 'attributes or onResult expects other arguments or another result than the method has';
    };

/**
 * Makes each call of a method a span: active inside, the exception recorded, ended when what the method answers is over (a
 * promise, an observable, an iterator, something to await), else when it returns. A function among the options that throws
 * costs its attributes, never the call.
 *
 * On a class it does so for the methods that the class itself declares: not for accessors, static methods, what it inherits,
 * and methods with a `@Traced` of their own.
 *
 * Methods keep their name, length and metadata, so routes, guards and Swagger work, in any order of decorators.
 *
 * @param nameOrOptions name of the span (default `Class.method`), or {@link TracedOptions}
 * @throws `INVALID_ARGUMENT` when the class is loaded
 * @example
 * ```ts
 * @Traced({ attributes: (args) => ({ 'order.id': args[0] }), onResult: (receipt: Receipt) => ({ 'receipt.id': receipt.id }) })
 * async charge(orderId: string): Promise<Receipt> {}
 * ```
 */
export function Traced<Args extends readonly unknown[] = readonly AttributeValue[], Result = AttributeValue>(
  nameOrOptions: string | TracedOptions<Args, Result> = {},
): TracedDecorator<Args, Result> {
  const options = typeof nameOrOptions === 'string' ? { name: nameOrOptions } : nameOrOptions;
  assertOptions(options);
  const decorate = (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): unknown => {
    if (key === undefined) {
      return wrapClass('@Traced()', target, (className) => wrapTraced(options, className));
    }
    return wrapTraced(options)(target, key, descriptor as never);
  };
  return decorate as TracedDecorator<Args, Result>;
}

function wrapTraced<Args extends readonly unknown[], Result>(
  { name, attributes, carrier, onResult }: TracedOptions<Args, Result>,
  className?: string,
): ReturnType<typeof wrapMethod> {
  const wrap = wrapMethod('@Traced()', ({ methodName, key, args }): CallObserver => {
    const spanName = className === undefined ? (name ?? methodName) : `${name ?? className}.${key}`;
    const given =
      typeof attributes === 'function' ? ask(() => attributes(args as unknown as Args)) : attributes;
    const operation =
      carrier === undefined
        ? new TracingContext(spanName, given)
        : openIncomingOperation(
            ask(() => carrier(args as unknown as Args)),
            spanName,
            {
              kind: 'consumer',
              attributes: given,
            },
          );
    return {
      run: (work) => operation.run(work),
      succeed: (result) => {
        const answered = onResult === undefined ? undefined : ask(() => onResult(result as Result));
        setAttributes(operation, answered);
        operation.end();
      },
      leave: () => operation.end(),
      // `end(undefined)` would look like success.
      fail: (error) => operation.end(error ?? new Error('Rejected without a reason.')),
    };
  });
  return carrier === undefined ? wrap : (...decorated) => noteEntrance(wrap(...decorated));
}

// Otherwise a processor of BullMQ would have two consumer spans.
function noteEntrance<Descriptor extends PropertyDescriptor>(descriptor: Descriptor): Descriptor {
  const wrapped = descriptor.value as Function;
  noteWrapped(ENTRANCE, wrapped, wrapped);
  return descriptor;
}

function assertOptions(options: TracedOptions<never, never>): void {
  assertPlainObject('@Traced()', 'options', options);
  assertName('@Traced()', options.name);
  if (typeof options.attributes !== 'function' && options.attributes !== undefined) {
    assertPlainObject('@Traced()', 'attributes', options.attributes);
  }
  assertFunction('@Traced()', 'onResult', options.onResult);
  assertFunction('@Traced()', 'carrier', options.carrier);
}

function setAttributes(operation: TracingContext, attributes: Attributes | undefined): void {
  for (const [key, value] of ask(() => Object.entries(attributes ?? {})) ?? []) {
    if (value !== undefined) {
      operation.setAttribute(key, value);
    }
  }
}

// The method runs, and its span is there, whatever is wrong with the function that describes it.
function ask<Answer>(describe: () => Answer): Answer | undefined {
  try {
    return describe();
  } catch {
    return undefined;
  }
}
