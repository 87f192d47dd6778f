import { createPrometheusHandler } from '@pg-observability/core';
import type { MetricsCollector, PrometheusOptions } from '@pg-observability/core';
import type { RequestHandler } from 'express';

/** Options of `prometheus()`; where it is mounted is where it answers. */
export type PrometheusMountOptions = Omit<PrometheusOptions, 'path'>;

/** Core's Prometheus handler as Express takes it. */
export function createPrometheus(
  metrics: MetricsCollector,
  options: PrometheusMountOptions | undefined,
): RequestHandler {
  return createPrometheusHandler(metrics, options);
}
