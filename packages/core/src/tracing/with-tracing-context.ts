import type { Attributes } from './opentelemetry-types.ts';
import { TracingContext } from './tracing-context.ts';

/**
 * Runs `work` as one operation: active inside, the exception recorded, ended when `work` has settled.
 *
 * @param operationName name of the span
 * @param attributes may be left out
 * @param work what to do; its result is answered, and what it throws is thrown on
 * @example
 * ```ts
 * const price = await withTracingContext('quote', { 'order.id': id }, async (operation) => {
 *   operation.addEvent('asked supplier');
 *   return quote(id);
 * });
 * ```
 */
export function withTracingContext<Result>(
  operationName: string,
  work: (context: TracingContext) => Result | Promise<Result>,
): Promise<Result>;
export function withTracingContext<Result>(
  operationName: string,
  attributes: Attributes | undefined,
  work: (context: TracingContext) => Result | Promise<Result>,
): Promise<Result>;
export function withTracingContext<Result>(
  operationName: string,
  attributesOrWork: Attributes | undefined | ((context: TracingContext) => Result | Promise<Result>),
  maybeWork?: (context: TracingContext) => Result | Promise<Result>,
): Promise<Result> {
  const [attributes, work] =
    typeof attributesOrWork === 'function' ? [undefined, attributesOrWork] : [attributesOrWork, maybeWork];
  return runOperation(new TracingContext(operationName, attributes), work);
}

/** Runs `work` in `context` and ends it; shared with `continueTrace`. */
export async function runOperation<Result>(
  context: TracingContext,
  work: ((context: TracingContext) => Result | Promise<Result>) | undefined,
): Promise<Result> {
  try {
    if (typeof work !== 'function') {
      throw new TypeError('Expected a function to run as the last argument.');
    }
    const result = await context.run(() => work(context));
    context.end();
    return result;
  } catch (error) {
    // `end(undefined)` would look like success to a reader of the trace.
    context.end(error ?? new Error('Rejected without a reason.'));
    throw error;
  }
}
