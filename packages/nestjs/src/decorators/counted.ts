import { getCurrentInstance } from '@pg-observability/core';
import type { MetricLabels } from '@pg-observability/core';
import type { MethodOnlyDecorator } from './decorator-types.ts';
import { resolveMethodMetric } from './method-metric.ts';
import { wrapMethod } from './wrap-method.ts';

/**
 * Counts the calls of a method when they are over, with the label `outcome`: `ok` or `error`.
 *
 * @param name name of the counter. Default `method.calls`, with the label `code.function.name`: `Class.method`
 * @param labels further labels; keep IDs out of them
 * @throws `INVALID_ARGUMENT` when the class is loaded
 * @example
 * ```ts
 * @Counted('orders.placed', { channel: 'web' })
 * async place(order: Order): Promise<void> {}
 * ```
 */
export function Counted(name?: string, labels?: MetricLabels): MethodOnlyDecorator {
  const metric = resolveMethodMetric('@Counted()', 'method.calls', name, labels);
  return wrapMethod('@Counted()', ({ methodName }) => {
    const count = (outcome: 'ok' | 'error'): void =>
      getCurrentInstance()?.metrics.counter(metric.name, 1, metric.labels(methodName, outcome));
    return {
      run: (work) => work(),
      succeed: () => count('ok'),
      leave: () => count('ok'),
      fail: () => count('error'),
    };
  });
}
