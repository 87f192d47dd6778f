import { getCurrentInstance } from '@pg-observability/core';
import type { MetricLabels } from '@pg-observability/core';
import type { MethodOnlyDecorator } from './decorator-types.ts';
import { resolveMethodMetric } from './method-metric.ts';
import { wrapMethod } from './wrap-method.ts';

/**
 * Records how many seconds each call of a method takes into a histogram, with the label `outcome`: `ok` or `error`.
 *
 * @param name name of the histogram. Default `method.duration`, with the label `code.function.name`: `Class.method`
 * @param labels further labels; keep IDs out of them
 * @throws `INVALID_ARGUMENT` when the class is loaded
 * @example
 * ```ts
 * @Timed('invoice.render.duration', { format: 'pdf' })
 * async render(invoice: Invoice): Promise<Buffer> {}
 * ```
 */
export function Timed(name?: string, labels?: MetricLabels): MethodOnlyDecorator {
  const metric = resolveMethodMetric('@Timed()', 'method.duration', name, labels);
  return wrapMethod('@Timed()', ({ methodName }) => {
    const startedAt = performance.now();
    const record = (outcome: 'ok' | 'error'): void => {
      const durationSeconds = (performance.now() - startedAt) / 1_000;
      const metrics = getCurrentInstance()?.metrics;
      metrics?.histogram(metric.name, durationSeconds, metric.labels(methodName, outcome), { unit: 's' });
    };
    return {
      run: (work) => work(),
      succeed: () => record('ok'),
      leave: () => record('ok'),
      fail: () => record('error'),
    };
  });
}
