import { ApplicationActivity } from '../ingest/application-activity.ts';
import type { IngestSignal } from '../ingest/encoded-batch.ts';
import { IngestMetrics } from '../ingest/ingest-metrics.ts';
import { resolveIngest } from '../ingest/ingest-options.ts';
import type { IngestStats } from '../ingest/ingest-stats.ts';
import type { Log } from '../logging/log-once.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import type { ObservabilityOptions } from '../observability-options.ts';
import { resolveRuntimeMetrics } from './runtime-metrics-options.ts';
import { RuntimeMetrics } from './runtime-metrics.ts';

/** What {@link SelfMetrics} is made of. */
export interface SelfMetricsParts {
  metrics: MetricsCollector;
  stats(signal: IngestSignal): IngestStats;
  log: Log;
}

/**
 * What an instance records on its own account: about the way of telemetry and about the process. Both look at what the application
 * does, and neither takes the other's records for it.
 */
export class SelfMetrics {
  readonly #windowMs: number;
  readonly #ingest: IngestMetrics | undefined;
  readonly #runtime: RuntimeMetrics | undefined;

  /** @throws `INVALID_OPTION` */
  constructor(
    options: Pick<ObservabilityOptions, 'ingest' | 'metrics' | 'runtimeMetrics'>,
    { metrics, stats, log }: SelfMetricsParts,
  ) {
    this.#windowMs = options.metrics?.flushIntervalMs ?? 10_000;
    const activity = new ApplicationActivity({
      recorded: () => metrics.stats().recorded,
      spans: () => stats('spans'),
    });
    this.#ingest = resolveIngest(options.ingest).metrics
      ? new IngestMetrics({ metrics, stats, activity })
      : undefined;
    const runtime = resolveRuntimeMetrics(options.runtimeMetrics);
    this.#runtime = runtime && new RuntimeMetrics({ ...runtime, metrics, activity, log });
  }

  start(): void {
    this.#ingest?.start(this.#windowMs);
    this.#runtime?.start();
  }

  /** For good. */
  stop(): void {
    this.#ingest?.stop();
    this.#runtime?.stop();
  }

  /** A batch was stored. */
  noteStored(signal: IngestSignal, durationMs: number): void {
    this.#ingest?.noteStored(signal, durationMs);
  }
}
