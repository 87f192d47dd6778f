import type { Observability, ObservabilityOptions, PrometheusOptions } from '@pg-observability/core';
import type { ProbeOptions } from '../http/probe-options.ts';

/** Options of `ObservabilityModule.forRoot`: those of `createObservability`, or a ready instance, and what Nest adds. */
export type ObservabilityModuleOptions = NestObservabilityOptions &
  (CreatedInstanceOptions | ReadyInstanceOptions);

/** The module makes the instance, and shuts it down with the application. */
export interface CreatedInstanceOptions extends ObservabilityOptions {
  observability?: undefined;
}

/** The application made the instance: the module drains and flushes it, and leaves `shutdown()` to the application. */
export interface ReadyInstanceOptions {
  /** What `createObservability` returned. */
  observability: Observability;
}

/** What Nest adds to the options of `createObservability`. */
export interface NestObservabilityOptions {
  /** Where the probes answer; false for none. Default `/livez`, `/readyz`, `/startupz` and `/health/live|ready|startup`. */
  probes?: ProbeOptions | boolean | undefined;
  /**
   * Whether, and where, a Prometheus may scrape the metrics of this process, as text or as OpenMetrics: outside of any global prefix
   * and of guards. `secret` is what a scraper then must send as `Authorization: Bearer …`. Default false; true is
   * `{ path: '/metrics' }`.
   */
  prometheus?: PrometheusOptions | boolean | undefined;
}
