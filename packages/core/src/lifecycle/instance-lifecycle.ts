import type { ComposedAlerts } from '../alerts/create-alerts.ts';
import type { ErrorRecorder } from '../error-groups/error-recorder.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { HealthChecker } from '../health/health-checker.ts';
import type { Housekeeper } from '../housekeeping/housekeeper.ts';
import type { HttpServerTelemetry } from '../http/http-server-telemetry.ts';
import type { IngestWriter } from '../ingest/ingest-writer.ts';
import type { Log } from '../logging/log-once.ts';
import type { SwitchableLogger } from '../logging/switchable-logger.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import type { PostgreSQLMetricExporter } from '../metrics/opentelemetry/postgresql-metric-exporter.ts';
import type { ResolvedNumbers } from '../observability-options.ts';
import type { OutgoingTelemetry } from '../outgoing/outgoing-telemetry.ts';
import type { SelfMetrics } from '../runtime/self-metrics.ts';
import { ensureTablesOnce } from '../storage/store-access.ts';
import type { StoreAccessOptions } from '../storage/store-access.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import type { SpanStage } from '../tracing/span-stage.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { handleSignals } from './handle-signals.ts';
import type { HandleSignalsOptions } from './handle-signals.ts';

/** What an instance is made of, as far as it begins and ends. */
export interface InstanceParts {
  readonly store: SqlStore;
  /** Opens the default store; undefined where one was given. */
  readonly openStore: (() => Promise<unknown>) | undefined;
  readonly tracing: Tracing;
  readonly spanProcessor: SpanStage;
  readonly writer: IngestWriter;
  readonly metrics: MetricsCollector;
  readonly selfMetrics: SelfMetrics;
  /** Undefined until somebody asks for it. */
  readonly metricExporter: () => PostgreSQLMetricExporter | undefined;
  readonly errorRecorder: ErrorRecorder | undefined;
  readonly health: HealthChecker;
  readonly housekeeper: Housekeeper | undefined;
  readonly alerting: ComposedAlerts;
  readonly http: HttpServerTelemetry;
  readonly outgoing: OutgoingTelemetry;
  /** Takes back what the process was told of the instance. */
  readonly withdraw: () => void;
}

/** Options of {@link InstanceLifecycle}. */
export interface LifecycleOptions {
  readonly schema: StoreAccessOptions['schema'];
  readonly numbers: ResolvedNumbers;
  readonly logger: SwitchableLogger;
  readonly log: Log;
}

/** How an instance begins, drains and ends. Each step happens once, however often it is asked for. */
export class InstanceLifecycle {
  readonly #options: LifecycleOptions;
  readonly #signalHandlers: (() => void)[] = [];
  #parts: InstanceParts | undefined;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #delayed: Promise<void> | undefined;
  #drained: Promise<void> | undefined;
  #isOff = false;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /** The parts refer to the lifecycle, so they are handed in when all are made. */
  adopt(parts: InstanceParts): void {
    this.#parts = parts;
    this.#startForOrphans(parts);
  }

  /** True when there is no store to write to. */
  get isOff(): boolean {
    return this.#isOff;
  }

  /** True from the beginning of `shutdown` on. */
  get isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  start(): Promise<void> {
    this.#started ??= this.#start(this.#whole);
    return this.#started;
  }

  /** At first use; never rejects into whoever used it. Nothing after `shutdown`. */
  startByItself(): void {
    if (!this.isStopped) {
      this.#whole.tracing.start();
      this.start().catch((error: unknown) => this.switchOff(error));
    }
  }

  /** One line, and silence: every further failure would have the same reason. */
  switchOff(error: unknown): void {
    if (this.#isOff) {
      return;
    }
    this.#isOff = true;
    const why = error instanceof Error ? error.message : String(error);
    this.#options.log.warn(`Telemetry is off: ${why}`);
    this.#options.logger.silence();
    this.#parts?.selfMetrics.stop();
    void this.#parts?.housekeeper?.stop();
    void this.#parts?.alerting.evaluator?.stop();
  }

  async flush(timeoutMs: number): Promise<void> {
    const { metricExporter, spanProcessor, metrics, health, errorRecorder } = this.#whole;
    const deadline = performance.now() + timeoutMs;
    // What it has taken and not encoded yet; the writer, for which the others wait, knows nothing of that.
    await metricExporter()?.forceFlush(timeoutMs);
    const leftMs = Math.max(1, Math.ceil(deadline - performance.now()));
    await Promise.all([
      spanProcessor.flush(leftMs),
      metrics.flush(leftMs),
      health.flush(leftMs),
      flushErrors(errorRecorder, leftMs),
    ]);
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain(this.#whole);
    return this.#drained;
  }

  shutdown(): Promise<void> {
    this.#stopped ??= this.#shutdown(this.#whole);
    return this.#stopped;
  }

  handleSignals(options: HandleSignalsOptions): () => void {
    const steps = {
      untilDelayOver: () => this.#untilDelayOver(this.#whole),
      drain: () => this.drain(),
      untilIdle: (timeoutMs: number) => this.#whole.http.untilIdle(timeoutMs),
      shutdown: () => this.shutdown(),
      flushTimeoutMs: this.#options.numbers.flushTimeoutMs,
    };
    const remove = handleSignals(steps, options);
    this.#signalHandlers.push(remove);
    return remove;
  }

  get #whole(): InstanceParts {
    if (this.#parts === undefined) {
      throw new Error('the instance is used before it is composed');
    }
    return this.#parts;
  }

  /** What an earlier process has left is stored also when nobody uses this one yet. */
  #startForOrphans({ writer }: InstanceParts): void {
    if (writer.mayHaveOrphans) {
      setImmediate(() => this.startByItself());
    }
  }

  async #start(parts: InstanceParts): Promise<void> {
    const { store, tracing, outgoing, writer, health, alerting } = parts;
    const { schema, logger } = this.#options;
    tracing.start();
    outgoing.start();
    writer.start();
    await parts.openStore?.();
    // In the background: the application must not wait for its database to serve.
    ensureTablesOnce(store, { schema, logger }).catch((error: unknown) => {
      if (error instanceof ObservabilityError && error.code !== 'STORE_UNAVAILABLE') {
        this.switchOff(error);
      }
    });
    if (!this.#isOff) {
      parts.selfMetrics.start();
      parts.housekeeper?.start();
      alerting.evaluator?.start();
      alerting.dispatcher?.start();
    }
    health.start();
  }

  /** Refuses readiness at once, and waits until load balancers have had their time to notice. */
  #untilDelayOver({ health, http }: InstanceParts): Promise<void> {
    if (this.#delayed === undefined) {
      health.setDraining(true);
      http.startDraining();
      const { drainDelayMs } = this.#options.numbers;
      this.#delayed =
        drainDelayMs === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, drainDelayMs));
    }
    return this.#delayed;
  }

  async #drain(parts: InstanceParts): Promise<void> {
    const { http, tracing } = parts;
    await this.#untilDelayOver(parts);
    const { drainTimeoutMs } = this.#options.numbers;
    const isIdle = await Promise.all([
      http.untilIdle(drainTimeoutMs),
      tracing.operations.untilIdle(drainTimeoutMs),
    ]);
    if (isIdle.includes(false)) {
      this.#options.log.warn(
        `Shutting down after ${drainTimeoutMs} ms although ${http.inFlight} requests and ${tracing.operations.count} messages or jobs have not finished.`,
      );
    }
  }

  async #shutdown(parts: InstanceParts): Promise<void> {
    await this.drain();
    parts.outgoing.stop();
    parts.selfMetrics.stop();
    const { flushTimeoutMs } = this.#options.numbers;
    const background = Promise.all([
      parts.housekeeper?.stop(),
      parts.alerting.evaluator?.stop(),
      parts.alerting.dispatcher?.stop(flushTimeoutMs),
    ]);
    // Side by side, so that a further exporter that hangs takes none of the time of the rest.
    await Promise.all([
      parts.metrics.shutdown(flushTimeoutMs).catch(() => undefined),
      parts.spanProcessor.shutdown(flushTimeoutMs).catch(() => undefined),
      parts.errorRecorder?.shutdown(flushTimeoutMs),
      parts.health.shutdown(flushTimeoutMs),
    ]);
    // A reader whose last export is under way has until here.
    await parts.metricExporter()?.shutdown(flushTimeoutMs);
    await parts.writer.shutdown(flushTimeoutMs);
    await parts.tracing.shutdown().catch(() => undefined);
    parts.http.stop();
    this.#signalHandlers.forEach((remove) => remove());
    parts.withdraw();
    await background;
    await parts.store.close?.().catch(() => undefined);
  }
}

async function flushErrors(recorder: ErrorRecorder | undefined, timeoutMs: number): Promise<void> {
  if ((await recorder?.flush(timeoutMs)) === false) {
    const why = recorder?.stats().lastError ?? 'no answer';
    throw new ObservabilityError(
      'STORE_UNAVAILABLE',
      `Errors were not counted within ${timeoutMs} ms. The last failure was: ${why}. They stay queued.`,
    );
  }
}
