import type { AlertManager } from './alerts/alert-manager.ts';
import { createAlerts } from './alerts/create-alerts.ts';
import type { ComposedAlerts } from './alerts/create-alerts.ts';
import { offerDefaultInstance, withdrawDefaultInstance } from './default-instance.ts';
import { createErrorRecorder } from './error-groups/create-error-recorder.ts';
import { withErrorGroups } from './error-groups/error-group-stage.ts';
import { ErrorGroups } from './error-groups/error-groups.ts';
import type { ErrorRecorder } from './error-groups/error-recorder.ts';
import { ObservabilityError } from './errors/observability-error.ts';
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
import { handleSignals } from './lifecycle/handle-signals.ts';
import type { HandleSignalsOptions } from './lifecycle/handle-signals.ts';
import { consoleLogger } from './logging/console-logger.ts';
import { createLog } from './logging/log-once.ts';
import type { Log } from './logging/log-once.ts';
import { createSwitchableLogger } from './logging/switchable-logger.ts';
import type { SwitchableLogger } from './logging/switchable-logger.ts';
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
import { assertStore, ensureTablesOnce } from './storage/store-access.ts';
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
  readonly #pipeline: SpanPipeline;
  readonly #writer: IngestWriter;
  readonly #selfMetrics: SelfMetrics;
  readonly #housekeeper: Housekeeper | undefined;
  readonly #alerting: ComposedAlerts;
  readonly #errorRecorder: ErrorRecorder | undefined;
  readonly #deferred: DeferredStore;
  readonly #options: ObservabilityOptions;
  readonly #numbers: ResolvedNumbers;
  readonly #logger: SwitchableLogger;
  readonly #log: Log;
  readonly #forget: () => void;
  readonly #signalHandlers: (() => void)[] = [];
  readonly #outgoing: OutgoingTelemetry;
  readonly #shared: SharedOptions;
  #metricExporter: PostgreSQLMetricExporter | undefined;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #delayed: Promise<void> | undefined;
  #drained: Promise<void> | undefined;
  #telemetryOff = false;

  constructor(options: ObservabilityOptions, numbers: ResolvedNumbers) {
    this.#options = options;
    this.#numbers = numbers;
    this.#logger = createSwitchableLogger(options.logger ?? consoleLogger);
    this.#log = createLog(this.#logger);
    this.#deferred = this.#deferStore();
    if (options.store !== undefined) {
      assertStore(options.store);
    }
    this.store = options.store ?? this.#deferred;
    const redact = createRedact(options.redact, { defaults: options.redactDefaults ?? true });
    const access = { schema: options.schema, timeoutMs: numbers.timeoutMs, logger: this.#logger };
    const housekeeping = resolveHousekeeping(options.housekeeping, options.schema);
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
      wakeUp: () => this.#stopped ?? this.#startByItself(),
    });
    this.alerts = this.#alerting.manager;
    this.http = new HttpServerTelemetry(this, options.http);
    this.#outgoing = new OutgoingTelemetry(this, options.outgoing);
    offerDefaultTracing(this.tracing);
    this.#forget = flushBeforeExit(this);
    this.#startForOrphans();
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
      openDefaultStore(process.env, this.#log, (error) => this.#switchOff(error));
    const target = toDatabaseTarget(process.env['DATABASE_URL']);
    return new DeferredStore(open, usesEmbeddedStore(process.env) ? 30_000 : 0, target);
  }

  /** What an earlier process has left is stored also when nobody uses this one yet. */
  #startForOrphans(): void {
    if (this.#writer.mayHaveOrphans) {
      setImmediate(() => {
        if (this.#stopped === undefined) {
          this.#startByItself();
        }
      });
    }
  }

  #createHealth(access: StoreAccessOptions): HealthChecker {
    const isOff = (): boolean => this.#telemetryOff;
    const telemetryCheck = createTelemetryCheck({ isOff, trouble: () => this.#writer.trouble() });
    const { health } = this.#options;
    const shared = { serviceName: this.serviceName, logger: this.#logger };
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
      onFirstUse: () => this.#startByItself(),
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
      { writer: this.#writer, onFirstExport: () => this.#startByItself() },
    );
    if (this.#stopped !== undefined) {
      void this.#metricExporter.shutdown();
    }
    return this.#metricExporter;
  }

  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  async flush(timeoutMs = 10_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    // What it has taken and not encoded yet; the writer, for which the others wait, knows nothing of that.
    await this.#metricExporter?.forceFlush(timeoutMs);
    const leftMs = Math.max(1, Math.ceil(deadline - performance.now()));
    await Promise.all([
      this.spanProcessor.flush(leftMs),
      this.metrics.flush(leftMs),
      this.health.flush(leftMs),
      this.#flushErrors(leftMs),
    ]);
  }

  async #flushErrors(timeoutMs: number): Promise<void> {
    if ((await this.#errorRecorder?.flush(timeoutMs)) === false) {
      const why = this.#errorRecorder?.stats().lastError ?? 'no answer';
      throw new ObservabilityError(
        'STORE_UNAVAILABLE',
        `Errors were not counted within ${timeoutMs} ms. The last failure was: ${why}. They stay queued.`,
      );
    }
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  shutdown(): Promise<void> {
    this.#stopped ??= this.#shutdown();
    return this.#stopped;
  }

  handleSignals(options: HandleSignalsOptions = {}): () => void {
    const steps = {
      untilDelayOver: () => this.#untilDelayOver(),
      drain: () => this.drain(),
      untilIdle: (timeoutMs: number) => this.http.untilIdle(timeoutMs),
      shutdown: () => this.shutdown(),
    };
    const remove = handleSignals(steps, options);
    this.#signalHandlers.push(remove);
    return remove;
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
      telemetryOff: this.#telemetryOff,
    };
  }

  async #start(): Promise<void> {
    this.tracing.start();
    this.#outgoing.start();
    this.#writer.start();
    if (this.#options.store === undefined) {
      await this.#deferred.resolve();
    }
    // In the background: the application must not wait for its database to serve.
    ensureTablesOnce(this.store, { schema: this.#options.schema, logger: this.#logger }).catch(
      (error: unknown) => {
        if (error instanceof ObservabilityError && error.code !== 'STORE_UNAVAILABLE') {
          this.#switchOff(error);
        }
      },
    );
    if (!this.#telemetryOff) {
      this.#selfMetrics.start();
      this.#housekeeper?.start();
      this.#alerting.evaluator?.start();
      this.#alerting.dispatcher?.start();
    }
    this.health.start();
  }

  #startByItself(): void {
    this.tracing.start();
    this.start().catch((error: unknown) => this.#switchOff(error));
  }

  /** One line, and silence: every further failure would have the same reason. */
  #switchOff(error: unknown): void {
    if (!this.#telemetryOff) {
      this.#telemetryOff = true;
      const why = error instanceof Error ? error.message : String(error);
      this.#log.warn(`Telemetry is off: ${why}`);
      this.#logger.silence();
      this.#selfMetrics.stop();
      void this.#housekeeper?.stop();
      void this.#alerting.evaluator?.stop();
    }
  }

  /** Refuses readiness at once, and waits until load balancers have had their time to notice. */
  #untilDelayOver(): Promise<void> {
    if (this.#delayed === undefined) {
      this.health.setDraining(true);
      this.http.startDraining();
      const { drainDelayMs } = this.#numbers;
      this.#delayed =
        drainDelayMs === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, drainDelayMs));
    }
    return this.#delayed;
  }

  async #drain(): Promise<void> {
    await this.#untilDelayOver();
    const { drainTimeoutMs } = this.#numbers;
    const isIdle = await Promise.all([
      this.http.untilIdle(drainTimeoutMs),
      this.tracing.operations.untilIdle(drainTimeoutMs),
    ]);
    if (isIdle.includes(false)) {
      this.#log.warn(
        `Shutting down after ${drainTimeoutMs} ms although ${this.http.inFlight} requests and ${this.tracing.operations.count} messages or jobs have not finished.`,
      );
    }
  }

  async #shutdown(): Promise<void> {
    await this.drain();
    this.#outgoing.stop();
    this.#selfMetrics.stop();
    const { flushTimeoutMs } = this.#numbers;
    const background = Promise.all([
      this.#housekeeper?.stop(),
      this.#alerting.evaluator?.stop(),
      this.#alerting.dispatcher?.stop(flushTimeoutMs),
    ]);
    // Side by side, so that a further exporter that hangs takes none of the time of the rest.
    await Promise.all([
      this.metrics.shutdown(flushTimeoutMs).catch(() => undefined),
      this.spanProcessor.shutdown(flushTimeoutMs).catch(() => undefined),
      this.#errorRecorder?.shutdown(flushTimeoutMs),
      this.health.shutdown(flushTimeoutMs),
    ]);
    // A reader whose last export is under way has until here.
    await this.#metricExporter?.shutdown(flushTimeoutMs);
    await this.#writer.shutdown(flushTimeoutMs);
    await this.tracing.shutdown().catch(() => undefined);
    this.http.stop();
    this.#forget();
    this.#signalHandlers.forEach((remove) => remove());
    withdrawDefaultTracing(this.tracing);
    withdrawDefaultInstance(this);
    await background;
    await this.store.close?.().catch(() => undefined);
  }
}
