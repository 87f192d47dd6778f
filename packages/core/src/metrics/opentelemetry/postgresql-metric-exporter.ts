import { IngestWriter } from '../../ingest/ingest-writer.ts';
import { storeBatch } from '../../ingest/store-batch.ts';
import { settlesWithin } from '../../lifecycle/settles-within.ts';
import { createLog } from '../../logging/log-once.ts';
import { assertStore } from '../../storage/store-access.ts';
import type { SqlStore } from '../../storage/sql-store.ts';
import type { ExportResult } from '../../tracing/opentelemetry-types.ts';
import type { ResourceMetrics } from './metric-data.ts';
import { resolveMetricExporterOptions } from './metric-exporter-options.ts';
import type { MetricExporterOptions, ResolvedMetricExporterOptions } from './metric-exporter-options.ts';
import { MetricIntake } from './metric-intake.ts';
import { selectAggregation, selectTemporality } from './select-aggregation.ts';
import type { AggregationChoice } from './select-aggregation.ts';

/** What a {@link PostgreSQLMetricExporter} has done so far; in points. */
export interface MetricExporterStats {
  /** Taken and not stored yet, in memory or on disk. */
  queued: number;
  stored: number;
  /**
   * Lost, by reason. Refused for what they are: `invalid_name`, `invalid_type`, `invalid_value`, `invalid_point`,
   * `negative_counter`, `invalid_timestamp`, `out_of_window`, `out_of_order`, `unknown_start`, `value_overflow`,
   * `too_many_metrics`, `too_many_series`, `unexpected`. Given up: `queue_full`, `poison`, `refused`, `shutdown`.
   */
  dropped: Record<string, number>;
  /** Things that were mended in points that were then stored: a label cut, buckets joined … */
  mended: number;
}

/** What an exporter of an instance shares with it. */
export interface SharedParts {
  writer: IngestWriter;
  onFirstExport(): void;
}

const SUCCESS = 0;
const FAILED = 1;

/**
 * An OpenTelemetry `PushMetricExporter` that stores what any meter records in `observability.metrics`, so that libraries with
 * OpenTelemetry metrics need no collector. It fits SDK 2 and 3, and imports neither.
 *
 * It asks for deltas and exponential histograms, and takes everything else that views and other readers give: totals become what
 * has come on since the export before, fixed bounds are stored as they are, and what an up-down counter stands at is a gauge.
 * A point that is taken waits, is repeated and stored once, like a point of `MetricsCollector`; so an export has succeeded when
 * its points are in the queue, and fails only for those that are not. The store stays yours: `shutdown` does not close it.
 *
 * @source https://opentelemetry.io/docs/specs/otel/metrics/sdk/#metricexporter
 * @example
 * ```ts
 * const exporter = new PostgreSQLMetricExporter(postgresStore(process.env.DATABASE_URL));
 * const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
 * ```
 */
export class PostgreSQLMetricExporter {
  readonly #options: ResolvedMetricExporterOptions;
  readonly #intake: MetricIntake;
  readonly #writer: IngestWriter;
  readonly #shared: SharedParts | undefined;
  #pendingPoints = 0;
  #tail: Promise<void> = Promise.resolve();
  #hasExported = false;
  #shutdown: Promise<void> | undefined;

  /**
   * @param store where the rows go; its tables are made on first use
   * @param options see {@link MetricExporterOptions}
   * @throws `INVALID_ARGUMENT` when `store` is none; `INVALID_OPTION`
   */
  constructor(store: SqlStore, options: MetricExporterOptions = {}, /** @internal */ shared?: SharedParts) {
    assertStore(store);
    this.#options = resolveMetricExporterOptions(options);
    const { access } = this.#options;
    const log = createLog(access.logger);
    this.#shared = shared;
    this.#writer =
      shared?.writer ?? new IngestWriter({ write: (batch) => storeBatch(store, batch, access), log });
    this.#intake = new MetricIntake(this.#writer, this.#options, log);
  }

  /**
   * Takes points; calls `resultCallback` exactly once, with code 1 and an error where some were not taken, and never throws. What
   * is wrong with a point is mended, or the point is dropped, and counted in `stats()`.
   */
  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    const count = countPoints(metrics);
    if (this.#shutdown !== undefined) {
      this.#refuse(resultCallback, 'shutdown', count);
      return;
    }
    if (this.#pendingPoints > 0 && this.#pendingPoints + count > this.#options.maxQueuedPoints) {
      this.#refuse(resultCallback, 'queue_full', count);
      return;
    }
    this.#noteExport();
    this.#pendingPoints += count;
    // One at a time: what has come on is told by what came before.
    this.#tail = this.#tail
      .then(() => this.#take(metrics))
      .then((result) => {
        this.#pendingPoints -= count;
        report(resultCallback, result);
      });
  }

  /**
   * Resolves when everything taken before is stored, or counted as dropped; at the latest after `timeoutMs`, and what is left
   * stays queued. Never rejects: a reader whose flush fails does not shut its exporter down.
   * @param timeoutMs default: the option `exportTimeoutMs`, 10,000
   */
  async forceFlush(timeoutMs: number = this.#options.exportTimeoutMs): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    if (await settlesWithin(this.#tail, timeoutMs)) {
      await this.#writer.flush(Math.max(1, deadline - performance.now())).catch(() => undefined);
    }
  }

  /**
   * Stores what was taken, within the time, and refuses what comes later. What cannot be stored is dropped and counted, or waits
   * on for the instance that the exporter belongs to. Never rejects; a second call waits for the first.
   * @param timeoutMs default: the option `exportTimeoutMs`, 10,000
   */
  shutdown(timeoutMs: number = this.#options.exportTimeoutMs): Promise<void> {
    this.#shutdown ??= this.#stop(timeoutMs);
    return this.#shutdown;
  }

  /** Deltas for counters and histograms (`0`), the whole for up-down counters (`1`); asked by the reader. */
  selectAggregationTemporality(instrumentType: unknown): 0 | 1 {
    return selectTemporality(instrumentType);
  }

  /** Exponential buckets for histograms, what the SDK does by itself for the rest; asked by the reader. A view wins over it. */
  selectAggregation(instrumentType: unknown): AggregationChoice {
    return selectAggregation(instrumentType, this.#options.maxHistogramBuckets);
  }

  /** What was stored, dropped and mended so far. */
  stats(): MetricExporterStats {
    const stats = this.#intake.stats();
    return { ...stats, queued: stats.queued + this.#pendingPoints };
  }

  async #stop(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    this.#intake.stop();
    await this.forceFlush(timeoutMs);
    if (this.#shared === undefined) {
      await this.#writer.shutdown(Math.max(1, deadline - performance.now()));
    }
  }

  #noteExport(): void {
    if (!this.#hasExported) {
      this.#hasExported = true;
      this.#shared?.onFirstExport();
    }
  }

  #refuse(
    resultCallback: (result: ExportResult) => void,
    reason: 'shutdown' | 'queue_full',
    count: number,
  ): void {
    this.#intake.countRefused(reason, undefined, count);
    report(resultCallback, toResult(reason, count));
  }

  /** Never rejects. */
  async #take(metrics: ResourceMetrics): Promise<ExportResult> {
    try {
      const refused = await this.#intake.take(metrics, performance.now() + this.#options.exportTimeoutMs);
      return refused === 0 ? { code: SUCCESS } : toResult('queue_full', refused);
    } catch (error) {
      return { code: FAILED, error: new Error('The metrics could not be read.', { cause: error }) };
    }
  }
}

function countPoints(metrics: ResourceMetrics): number {
  let count = 0;
  try {
    for (const { metrics: ofScope } of metrics.scopeMetrics) {
      for (const { dataPoints } of ofScope) {
        count += dataPoints.length;
      }
    }
  } catch {
    // Whoever reads it says so.
  }
  return Number.isSafeInteger(count) ? count : 0;
}

function toResult(reason: 'shutdown' | 'queue_full', count: number): ExportResult {
  const why =
    reason === 'shutdown'
      ? 'the exporter is shut down'
      : 'the database is away or slow, and the memory set aside is full';
  return { code: FAILED, error: new Error(`${count} metric points were not taken: ${why}.`) };
}

function report(resultCallback: (result: ExportResult) => void, result: ExportResult): void {
  try {
    resultCallback(result);
  } catch {
    // The callback is the reader's; what it throws must not break the chain of exports.
  }
}
