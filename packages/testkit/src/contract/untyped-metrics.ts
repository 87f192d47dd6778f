import type { MetricsCollector } from '@pg-observability/core';

/** The methods of a collector as JavaScript sees them. */
export type UntypedMetrics = {
  [Name in 'counter' | 'gauge' | 'histogram' | 'record']: (...values: readonly unknown[]) => void;
} & {
  [Name in 'query' | 'getPercentile' | 'percentiles' | 'series' | 'flush' | 'shutdown']: (
    ...values: readonly unknown[]
  ) => Promise<unknown>;
};

/** Types are for people who use TypeScript; some calls come from those who do not. */
export function untyped(metrics: MetricsCollector): UntypedMetrics {
  return metrics as unknown as UntypedMetrics;
}
