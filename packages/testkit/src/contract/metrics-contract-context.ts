import type { MetricsCollector, SqlStore } from '@pg-observability/core';

/** What a part of the contract works with. Every test uses names of its own, so they share one database. */
export interface MetricsContext {
  /** The store of the whole suite. */
  store(): SqlStore;
  /** A collector on it that keeps quiet and writes only when asked. */
  collector(options?: ConstructorParameters<typeof MetricsCollector>[1]): MetricsCollector;
}
