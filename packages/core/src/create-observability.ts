import type { AlertManager } from './alerts/alert-manager.ts';
import { createAlerts } from './alerts/create-alerts.ts';
import type { ComposedAlerts } from './alerts/create-alerts.ts';
import { offerDefaultInstance, withdrawDefaultInstance } from './default-instance.ts';
import { createErrorRecorder } from './error-groups/create-error-recorder.ts';
import { withErrorGroups } from './error-groups/error-group-stage.ts';
import { ErrorGroups } from './error-groups/error-groups.ts';
import type { ErrorRecorder } from './error-groups/error-recorder.ts';
import { HealthChecker } from './health/health-checker.ts';
import { Housekeeper } from './housekeeping/housekeeper.ts';
import { resolveHousekeeping } from './housekeeping/housekeeping-options.ts';
import type { ResolvedHousekeeping } from './housekeeping/housekeeping-options.ts';
import { HttpServerTelemetry } from './http/http-server-telemetry.ts';
import { resolveIngest } from './ingest/ingest-options.ts';
import { IngestWriter } from './ingest/ingest-writer.ts';
import type { IngestSignal } from './ingest/encoded-batch.ts';
import type { IngestStats } from './ingest/ingest-stats.ts';
import { storeBatch } from './ingest/store-batch.ts';
import { createTelemetryCheck } from './ingest/telemetry-check.ts';
import { flushBeforeExit } from './lifecycle/flush-before-exit.ts';
import type { HandleSignalsOptions } from './lifecycle/handle-signals.ts';
import { InstanceLifecycle } from './lifecycle/instance-lifecycle.ts';
import { consoleLogger } from './logging/console-logger.ts';
import { createLog } from './logging/log-once.ts';
import type { Log } from './logging/log-once.ts';
import { createSwitchableLogger } from './logging/switchable-logger.ts';
import { MetricsCollector } from './metrics/metrics-collector.ts';
import { PostgreSQLMetricExporter } from './metrics/opentelemetry/postgresql-metric-exporter.ts';
import { resolveNumbers } from './observability-options.ts';
import type { ObservabilityOptions, ResolvedNumbers } from './observability-options.ts';
import type { Observability, ObservabilityStats } from './observability.ts';
import { OutgoingTelemetry } from './outgoing/outgoing-telemetry.ts';
import { SelfMetrics } from './runtime/self-metrics.ts';
import { createRedact } from './sanitize/redact.ts';
import type { Redact } from './sanitize/redact.ts';
import { createSpoolSource } from './spool/spool-source.ts';
import { toDatabaseTarget } from './storage/database-target.ts';
import { DeferredStore } from './storage/deferred-store.ts';
import { openDefaultStore, usesEmbeddedStore } from './storage/default-store.ts';
import { assertStore } from './storage/store-access.ts';
import type { StoreAccessOptions } from './storage/store-access.ts';
import type { SqlStore } from './storage/sql-store.ts';
import { offerDefaultTracing, withdrawDefaultTracing } from './tracing/current-tracer.ts';
import { samplingToSetting } from './tracing/span-sampling.ts';
import { createSpanPipeline } from './tracing/span-pipeline.ts';
import type { SpanPipeline } from './tracing/span-pipeline.ts';
import type { SpanStage } from './tracing/span-stage.ts';
import { Tracing } from './tracing/tracing.ts';
import { createStuckSweepTask } from './workflows/stuck-sweep-task.ts';
import { WorkflowStateTracker } from './workflows/workflow-state-tracker.ts';

/**
 * Composes everything for one service: store, tracing, metrics, health, workflows and alerts. The first instance of a process
 * is its default one, which `getTracer`, `counter`, `readiness` and the like use.
 *
 * @param options `serviceName` is all that is needed; see {@link ObservabilityOptions}
 * @throws `INVALID_OPTION`, `INVALID_ARGUMENT`
 * @example
 * ```ts
 * const observability = createObservability({ serviceName: 'order-service' });
 * observability.metrics.counter('orders.placed');
 * await withTracingContext('place order', () => placeOrder());
 * await observability.shutdown();
 * ```
 */
export function createObservability(options: ObservabilityOptions): Observability {
  const instance = new ComposedObservability(options, resolveNumbers(options));
  offerDefaultInstance(instance);
  return instance;
}

/** What the classes of an instance have in common. */
interface SharedOptions extends StoreAccessOptions {
  readonly redact: Redact;
  readonly serviceName: string;
}

class ComposedObservability implements Observability {
  readonly serviceName: string;
  readonly store: SqlStore;
  readonly tracing: Tracing;
  readonly metrics: MetricsCollector;
  readonly health: HealthChecker;
  readonly workflows: WorkflowStateTracker;
  readonly alerts: AlertManager;
  readonly errors: ErrorGroups;
  readonly http: HttpServerTelemetry;
  readonly spanProcessor: SpanStage;
  readonly #options: ObservabilityOptions;
  readonly #numbers: ResolvedNumbers;
  readonly #log: Log;
  readonly #lifecycle: InstanceLifecycle;
  readonly #pipeline: SpanPipeline;
  readonly #writer: IngestWriter;
  readonly #selfMetrics: SelfMetrics;
  readonly #housekeeper: Housekeeper | undefined;
  readonly #alerting: ComposedAlerts;
  readonly #errorRecorder: ErrorRecorder | undefined;
  readonly #shared: SharedOptions;
  #metricExporter: PostgreSQLMetricExporter | undefined;

  constructor(options: ObservabilityOptions, numbers: ResolvedNumbers) {
    this.#options = options;
    this.#numbers = numbers;
    const { schema } = options;
    const logger = createSwitchableLogger(options.logger ?? consoleLogger);
    this.#log = createLog(logger);
    this.#lifecycle = new InstanceLifecycle({ schema, numbers, logger, log: this.#log });
    if (options.store !== undefined) {
      assertStore(options.store);
    }
    const deferred = options.store === undefined ? this.#deferStore() : undefined;
    this.store = options.store ?? (deferred as DeferredStore);
    const redact = createRedact(options.redact, { defaults: options.redactDefaults ?? true });
    const access = { schema, timeoutMs: numbers.timeoutMs, logger };
    const housekeeping = resolveHousekeeping(options.housekeeping, schema);
    this.#housekeeper = this.#createHousekeeper(housekeeping, access);
    this.#writer = this.#createWriter(access);
    this.#pipeline = this.#createPipeline(redact, housekeeping?.retention.spansDays);
    this.#errorRecorder = createErrorRecorder(this.store, options.errors, {
      ...access,
      redact,
      log: this.#log,
      serviceName: () => this.serviceName,
    });
    this.spanProcessor = withErrorGroups(this.#pipeline.entry, this.#errorRecorder);
    this.errors = new ErrorGroups(this.store, { ...access, redact });
    this.tracing = this.#createTracing();
    this.serviceName = this.tracing.serviceName;
    // The classes run the default list themselves; an already composed redactor would only run it twice.
    const shared: SharedOptions = { ...access, redact, serviceName: this.serviceName };
    this.#shared = shared;
    this.metrics = new MetricsCollector(
      this.store,
      { ...shared, ...options.metrics },
      this.#writer,
      () => this.tracing.resourceAttributes,
    );
    this.#selfMetrics = this.#createSelfMetrics();
    this.health = this.#createHealth(access);
    this.workflows = new WorkflowStateTracker(this.store, { ...shared, workflows: options.workflows });
    this.#alerting = createAlerts(this.store, options.alerts, {
      ...shared,
      log: this.#log,
      ingestStats: (signal) => this.#ingestStats(signal),
      // Who raises an alert and does nothing else has telemetry, too: somebody must tell of it.
      wakeUp: () => this.#lifecycle.startByItself(),
    });
    this.alerts = this.#alerting.manager;
    this.http = new HttpServerTelemetry(this, options.http);
    this.#adopt(deferred);
  }

  #adopt(deferred: DeferredStore | undefined): void {
    const forget = flushBeforeExit(this);
    offerDefaultTracing(this.tracing);
    this.#lifecycle.adopt({
      store: this.store,
      openStore: deferred && (() => deferred.resolve()),
      tracing: this.tracing,
      spanProcessor: this.spanProcessor,
      writer: this.#writer,
      metrics: this.metrics,
      selfMetrics: this.#selfMetrics,
      metricExporter: () => this.#metricExporter,
      errorRecorder: this.#errorRecorder,
      health: this.health,
      housekeeper: this.#housekeeper,
      alerting: this.#alerting,
      http: this.http,
      outgoing: new OutgoingTelemetry(this, this.#options.outgoing),
      withdraw: () => {
        forget();
        withdrawDefaultTracing(this.tracing);
        withdrawDefaultInstance(this);
      },
    });
  }

  #createPipeline(redact: Redact, retentionDays: number | undefined): SpanPipeline {
    return createSpanPipeline(this.#writer, {
      ...this.#options.spans,
      ...this.#numbers,
      retentionDays,
      redact,
      log: this.#log,
      headRatio: () => this.tracing.headRatio,
    });
  }

  #deferStore(): DeferredStore {
    const open = (): Promise<SqlStore> =>
      openDefaultStore(process.env, this.#log, (error) => this.#lifecycle.switchOff(error));
    const target = toDatabaseTarget(process.env['DATABASE_URL']);
    return new DeferredStore(open, usesEmbeddedStore(process.env) ? 30_000 : 0, target);
  }

  #createHealth(access: StoreAccessOptions): HealthChecker {
    const isOff = (): boolean => this.#lifecycle.isOff;
    const telemetryCheck = createTelemetryCheck({ isOff, trouble: () => this.#writer.trouble() });
    const { health } = this.#options;
    const shared = { serviceName: this.serviceName, logger: access.logger };
    const options = { ...health, ...shared, history: health?.history ?? true };
    return new HealthChecker(this.store, options, { telemetryCheck, access, isOff });
  }

  #createTracing(): Tracing {
    const { serviceName, resourceAttributes, spans } = this.#options;
    return new Tracing({
      serviceName,
      resourceAttributes,
      // Our own spans tell of exceptions by themselves.
      processor: this.#pipeline.entry,
      onException: this.#errorRecorder?.note,
      sampler: samplingToSetting(spans?.sampling),
      recordsUnsampled: this.#pipeline.recordsUnsampled,
      log: this.#log,
      onFirstUse: () => this.#lifecycle.startByItself(),
    });
  }

  #createWriter(access: StoreAccessOptions): IngestWriter {
    const { maxQueuedBytes, spool } = resolveIngest(this.#options.ingest);
    return new IngestWriter({
      write: (batch) => storeBatch(this.store, batch, access),
      log: this.#log,
      onStored: (signal, durationMs) => this.#selfMetrics.noteStored(signal, durationMs),
      maxQueuedBytes,
      spool:
        spool &&
        createSpoolSource({
          ...spool,
          serviceName: () => this.serviceName,
          target: this.store.target,
          onDropped: (signal, reason, rowCount) => this.#writer.countDropped(signal, reason, rowCount),
        }),
    });
  }

  #createHousekeeper(
    housekeeping: ResolvedHousekeeping | undefined,
    access: StoreAccessOptions,
  ): Housekeeper | undefined {
    // By the time of the first sweep everything is composed.
    const stuckSweep = createStuckSweepTask(this.#options.stuckWorkflows, () => {
      const { store, metrics, alerts } = this;
      return { ...access, store, metrics, alerts };
    });
    return (
      housekeeping && new Housekeeper(this.store, { ...access, ...housekeeping, log: this.#log, stuckSweep })
    );
  }

  #createSelfMetrics(): SelfMetrics {
    return new SelfMetrics(this.#options, {
      metrics: this.metrics,
      stats: (signal) => this.#ingestStats(signal),
      log: this.#log,
    });
  }

  #ingestStats(signal: IngestSignal): IngestStats {
    return signal === 'spans' ? this.#pipeline.stats().spans : this.#writer.stats('metrics');
  }

  get metricExporter(): PostgreSQLMetricExporter {
    this.#metricExporter ??= new PostgreSQLMetricExporter(
      this.store,
      { ...this.#shared, maxSeriesPerMetric: this.#options.metrics?.maxSeriesPerMetric },
      { writer: this.#writer, onFirstExport: () => this.#lifecycle.startByItself() },
    );
    if (this.#lifecycle.isStopped) {
      void this.#metricExporter.shutdown();
    }
    return this.#metricExporter;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  flush(timeoutMs = 10_000): Promise<void> {
    return this.#lifecycle.flush(timeoutMs);
  }

  drain(): Promise<void> {
    return this.#lifecycle.drain();
  }

  shutdown(): Promise<void> {
    return this.#lifecycle.shutdown();
  }

  handleSignals(options: HandleSignalsOptions = {}): () => void {
    return this.#lifecycle.handleSignals(options);
  }

  stats(): ObservabilityStats {
    return {
      tracing: this.tracing.status,
      ...this.#pipeline.stats(),
      metrics: this.metrics.stats(),
      metricExporter: this.#metricExporter?.stats() ?? null,
      requestsInFlight: this.http.inFlight,
      operationsInFlight: this.tracing.operations.count,
      health: this.health.stats(),
      housekeeping: this.#housekeeper?.stats() ?? null,
      alertRules: this.#alerting.evaluator?.stats() ?? null,
      alertDelivery: this.#alerting.dispatcher?.stats() ?? null,
      errors: this.#errorRecorder?.stats() ?? null,
      telemetryOff: this.#lifecycle.isOff,
    };
  }
}
