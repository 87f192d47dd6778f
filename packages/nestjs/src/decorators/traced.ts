import { TracingContext } from '@pg-observability/core';
import type { Attributes } from '@pg-observability/core';
import { assertName, assertPlainObject } from './decorator-arguments.ts';
import { wrapMethod } from './wrap-method.ts';

/** Options of {@link Traced}. */
export interface TracedOptions {
  /** Name of the span. Default `Class.method`. */
  name?: string | undefined;
  /** Attributes of the span, or a function of the method's arguments that answers them. */
  attributes?: Attributes | ((...args: never[]) => Attributes | undefined) | undefined;
}

/**
 * Makes each call of a method a span: active inside, the exception recorded, ended when what the method answers has settled
 * (a promise, an observable, a generator, something to await), else when it returns.
 *
 * The method keeps its name, length and metadata, so routes, guards and Swagger work, in any order of decorators.
 *
 * @param nameOrOptions name of the span (default `Class.method`), or {@link TracedOptions}
 * @throws `INVALID_ARGUMENT` when the class is loaded
 * @example
 * ```ts
 * @Traced({ attributes: (orderId: string) => ({ 'order.id': orderId }) })
 * async charge(orderId: string): Promise<void> {}
 * ```
 */
export function Traced(nameOrOptions: string | TracedOptions = {}): MethodDecorator {
  const { name, attributes } =
    typeof nameOrOptions === 'string' ? { name: nameOrOptions } : resolve(nameOrOptions);
  assertName('@Traced()', name);
  return wrapMethod('@Traced()', ({ methodName, args }) => {
    const operation = new TracingContext(name ?? methodName, readAttributes(attributes, args));
    return {
      run: (work) => operation.run(work),
      succeed: () => operation.end(),
      // `end(undefined)` would look like success.
      fail: (error) => operation.end(error ?? new Error('Rejected without a reason.')),
    };
  });
}

function resolve(options: TracedOptions): {
  name?: string | undefined;
  attributes?: TracedOptions['attributes'];
} {
  assertPlainObject('@Traced()', 'options', options);
  if (typeof options.attributes !== 'function' && options.attributes !== undefined) {
    assertPlainObject('@Traced()', 'attributes', options.attributes);
  }
  return options;
}

function readAttributes(
  attributes: TracedOptions['attributes'],
  args: readonly unknown[],
): Attributes | undefined {
  if (typeof attributes !== 'function') {
    return attributes;
  }
  try {
    return attributes(...(args as never[]));
  } catch {
    // The method runs, and its span is there, whatever is wrong with the function that describes it.
    return undefined;
  }
}
