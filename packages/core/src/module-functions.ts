import { createObservability } from './create-observability.ts';
import { getDefaultInstance } from './default-instance.ts';
import type { HealthStatus } from './health/health-status.ts';
import type { MetricLabels } from './metrics/metric.ts';
import type { Observability } from './observability.ts';

/**
 * Adds to a counter of the process's default instance.
 * @example `counter('orders.placed', 1, { channel: 'web' });`
 */
export function counter(name: string, value = 1, labels?: MetricLabels): void {
  instance().metrics.counter(name, value, labels);
}

/**
 * Sets a gauge of the process's default instance.
 * @example `gauge('queue.length', queue.length);`
 */
export function gauge(name: string, value: number, labels?: MetricLabels): void {
  instance().metrics.gauge(name, value, labels);
}

/**
 * Records a value into a histogram of the process's default instance.
 * @example `histogram('invoice.amount', 129.5, { currency: 'EUR' });`
 */
export function histogram(name: string, value: number, labels?: MetricLabels): void {
  instance().metrics.histogram(name, value, labels);
}

/** Liveness of the process's default instance: whether the process answers, never whether its dependencies do. */
export function liveness(): Promise<HealthStatus> {
  return instance().health.liveness();
}

/** Readiness of the process's default instance: whether it can take requests. */
export function readiness(): Promise<HealthStatus> {
  return instance().health.readiness();
}

/** Startup of the process's default instance: false until its startup check has passed once. */
export function startup(): Promise<HealthStatus> {
  return instance().health.startup();
}

// A script that only counts something should not have to compose anything first.
function instance(): Observability {
  return (
    getDefaultInstance() ??
    createObservability({ serviceName: process.env['OTEL_SERVICE_NAME'] || 'unknown_service' })
  );
}
