import type { AlertManager } from './alerts/alert-manager.ts';
import type { AlertEvaluatorStats } from './alerts/rules/evaluation-report.ts';
import type { AlertDeliveryStats } from './alerts/delivery/delivery-stats.ts';
import type { ErrorGroups } from './error-groups/error-groups.ts';
import type { ErrorRecorderStats } from './error-groups/error-recorder.ts';
import type { HealthChecker, HealthStats } from './health/health-checker.ts';
import type { HousekeepingStats } from './housekeeping/housekeeper.ts';
import type { HttpServerTelemetry } from './http/http-server-telemetry.ts';
import type { IngestStats } from './ingest/ingest-stats.ts';
import type { HandleSignalsOptions } from './lifecycle/handle-signals.ts';
import type { MetricsCollector, MetricsStats } from './metrics/metrics-collector.ts';
import type {
  MetricExporterStats,
  PostgreSQLMetricExporter,
} from './metrics/opentelemetry/postgresql-metric-exporter.ts';
import type { SqlStore } from './storage/sql-store.ts';
import type { SpanProcessor } from './tracing/opentelemetry-types.ts';
import type { SamplingStats } from './tracing/sampling/span-keep-stage.ts';
import type { ExporterStats } from './tracing/tee/exporter-queue.ts';
import type { Tracing, TracingStatus } from './tracing/tracing.ts';
import type { WorkflowStateTracker } from './workflows/workflow-state-tracker.ts';

/** What `observability.stats()` answers. */
export interface ObservabilityStats {
  /** What became of tracing; `foreign-sdk-not-connected` means that spans are not stored. */
  tracing: TracingStatus;
  spans: IngestStats;
  /** What `spans.keep` has kept and dropped; null without the option. */
  sampling: SamplingStats | null;
  /** What each exporter of `spans.exporters` has got, in their order. */
  exporters: ExporterStats[];
  metrics: MetricsStats;
  /** What `metricExporter` has taken; null while nobody has asked for it. */
  metricExporter: MetricExporterStats | null;
  /** Requests that are being answered now. */
  requestsInFlight: number;
  /** Messages and jobs that are under way now: what `continueTrace` runs, and what adapters see come in beside requests. */
  operationsInFlight: number;
  /** Where the service is in its life, what was last seen of each check, and what became of changes of health. */
  health: HealthStats;
  /** What housekeeping did last, and whether this process does it; null where it is switched off. */
  housekeeping: HousekeepingStats | null;
  /** What has become of the alert rules; null without rules, or where their evaluation is left to others. */
  alertRules: AlertEvaluatorStats | null;
  /** What has become of the messages to receivers of alerts; null where there are none. */
  alertDelivery: AlertDeliveryStats | null;
  /** What has become of the errors this process has recorded; null where they are not counted. */
  errors: ErrorRecorderStats | null;
  /** True when there is no store to write to; the log said why. */
  telemetryOff: boolean;
}

/** Everything of one service, composed: what `createObservability` returns and every adapter uses. */
export interface Observability {
  readonly serviceName: string;
  /** Where everything is kept. */
  readonly store: SqlStore;
  readonly tracing: Tracing;
  readonly metrics: MetricsCollector;
  readonly health: HealthChecker;
  readonly workflows: WorkflowStateTracker;
  readonly alerts: AlertManager;
  /** Errors by group, of all services of the database. */
  readonly errors: ErrorGroups;
  /** Request telemetry, for the adapters. */
  readonly http: HttpServerTelemetry;
  /** For an application with an OpenTelemetry SDK of its own: `new NodeSDK({ spanProcessors: [spanProcessor] })`. */
  readonly spanProcessor: SpanProcessor;
  /**
   * For an application whose libraries record OpenTelemetry metrics:
   * `new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: metricExporter })] })`. Shares the queue, the
   * repeats and the disk of the instance. Shut the provider down before the instance, or its last points are refused.
   */
  readonly metricExporter: PostgreSQLMetricExporter;
  /**
   * Decides on the store and registers tracing. Called by itself on first use; safe to call twice. Does not wait for the
   * database, so the application starts without it.
   * @throws `STORE_REQUIRED` in production without a store and without `DATABASE_URL`; `STORE_LOCKED`
   */
  start(): Promise<void>;
  /**
   * Resolves when everything recorded before is stored, or counted as dropped.
   * @throws `STORE_UNAVAILABLE` after `timeoutMs` (default 10,000)
   */
  flush(timeoutMs?: number): Promise<void>;
  /**
   * Refuses readiness and lets requests, messages and jobs in flight finish, for at most `shutdown.drainTimeoutMs`; the first
   * half of `shutdown`, for frameworks with hooks.
   */
  drain(): Promise<void>;
  /**
   * Drains, flushes, and closes the store, which ends only what the store itself opened: a pool you handed in stays open.
   * Never rejects; safe to call twice.
   */
  shutdown(): Promise<void>;
  /**
   * Shuts down at SIGTERM and SIGINT, then raises the signal again. Opt-in. Answers how to take it back; `shutdown` does, too.
   * Readiness refuses at once and liveness stays; after `shutdown.drainDelayMs` the `server` is closed, and what is in flight has
   * `shutdown.drainTimeoutMs` to finish. A further signal changes nothing, but a second Ctrl-C after a second ends the process.
   * @throws `INVALID_OPTION`
   */
  handleSignals(options?: HandleSignalsOptions): () => void;
  stats(): ObservabilityStats;
}
