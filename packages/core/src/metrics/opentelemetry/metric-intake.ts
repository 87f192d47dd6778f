import { setImmediate } from 'node:timers/promises';
import type { IngestWriter } from '../../ingest/ingest-writer.ts';
import type { BatchListener } from '../../ingest/unsettled-batches.ts';
import { settlesWithin } from '../../lifecycle/settles-within.ts';
import type { Log } from '../../logging/log-once.ts';
import { createRedact } from '../../sanitize/redact.ts';
import type { Redact } from '../../sanitize/redact.ts';
import type { Resource } from '../../tracing/opentelemetry-types.ts';
import { MetricBatchBuilder } from '../metric-batch-builder.ts';
import { createMetricOutcomes } from '../metric-outcomes.ts';
import type { MetricOutcomes } from '../metric-outcomes.ts';
import { warnOfOverflow } from '../overflow-warning.ts';
import { noteExporterEnded } from './first-totals.ts';
import { MetricConverter } from './metric-converter.ts';
import type { OpenMetric } from './metric-converter.ts';
import type { MetricData, MetricDataPoint, ResourceMetrics, ScopeMetrics } from './metric-data.ts';
import type { ResolvedMetricExporterOptions } from './metric-exporter-options.ts';
import { resourceToOrigin, scopeToLabels } from './metric-origin.ts';
import type { MetricOrigin } from './metric-origin.ts';

/** What a {@link MetricIntake} has done so far; in points. */
export interface MetricIntakeStats {
  queued: number;
  stored: number;
  dropped: Record<string, number>;
  mended: number;
}

// As spans are encoded: with the application's own work in between.
const SLICE_MS = 1;
const POINTS_PER_LOOK = 16;

/** Converts points in slices and hands them to the writer in batches. */
export class MetricIntake {
  readonly #options: ResolvedMetricExporterOptions;
  readonly #redact: Redact;
  readonly #outcomes: MetricOutcomes;
  readonly #converter: MetricConverter;
  readonly #writer: IngestWriter;
  readonly #builder = new MetricBatchBuilder();
  readonly #origins = new WeakMap<Resource, MetricOrigin>();
  readonly #lost: Record<string, number> = {};
  #stored = 0;
  #unsettled = 0;
  #isStopped = false;

  constructor(writer: IngestWriter, options: ResolvedMetricExporterOptions, log: Log) {
    this.#options = options;
    this.#writer = writer;
    this.#redact = createRedact(options.redact);
    this.#outcomes = createMetricOutcomes(log);
    this.#converter = new MetricConverter({
      redact: this.#redact,
      maxSeriesPerMetric: options.maxSeriesPerMetric,
      outcomes: this.#outcomes,
      onOverflow: (overflow) => warnOfOverflow(log, overflow),
      now: options.now,
    });
  }

  /**
   * Takes points, one call at a time.
   * @param deadline by `performance.now()`: until then it waits for a resource, and for room
   * @returns how many were not taken because there is no room
   * @throws where the whole cannot be read; what was read before is taken
   */
  async take(metrics: ResourceMetrics, deadline: number): Promise<number> {
    let refused = 0;
    try {
      const origin = await this.#originOf(metrics.resource, deadline);
      let until = performance.now() + SLICE_MS;
      let looked = 0;
      for (const [open, point] of this.#points(metrics, origin)) {
        looked += 1;
        if (looked % POINTS_PER_LOOK === 0 && performance.now() >= until) {
          await setImmediate();
          until = performance.now() + SLICE_MS;
        }
        if (this.#hasRoom || (await this.#waitForRoom(deadline))) {
          this.#takePoint(open, point);
        } else {
          refused += 1;
          this.#refusePoint(open);
        }
      }
      this.#converter.forgetIdle();
    } catch (error) {
      this.#outcomes.drop('unexpected', undefined);
      throw error;
    } finally {
      this.#cut();
    }
    return refused;
  }

  /** Counts points that are not taken. */
  countRefused(reason: string, name: string | undefined, count: number): void {
    this.#outcomes.drop(reason, name, count);
    this.#writer.countDropped('metrics', reason, count);
  }

  /** Waits for room no longer. */
  stop(): void {
    this.#isStopped = true;
    noteExporterEnded(Date.now());
  }

  stats(): MetricIntakeStats {
    const dropped: Record<string, number> = { ...this.#outcomes.dropped };
    for (const [reason, count] of Object.entries(this.#lost)) {
      dropped[reason] = (dropped[reason] ?? 0) + count;
    }
    return {
      queued: this.#builder.rowCount + this.#unsettled,
      stored: this.#stored,
      dropped,
      mended: this.#outcomes.mended,
    };
  }

  /** The points of all metrics. */
  *#points({ scopeMetrics }: ResourceMetrics, origin: MetricOrigin): Iterable<[OpenMetric, MetricDataPoint]> {
    for (const ofScope of scopeMetrics) {
      for (const [open, points] of this.#metrics(ofScope, origin)) {
        for (const point of points) {
          yield [open, point];
        }
      }
    }
  }

  *#metrics(
    { scope, metrics }: ScopeMetrics,
    origin: MetricOrigin,
  ): Iterable<[OpenMetric, readonly MetricDataPoint[]]> {
    const labels = this.#options.scopeLabels ? scopeToLabels(scope, this.#redact) : {};
    for (const metric of metrics) {
      const open = this.#open(metric, origin, labels);
      if (open !== undefined) {
        yield [open, metric.dataPoints];
      }
    }
  }

  #open(
    metric: MetricData,
    origin: MetricOrigin,
    labels: Readonly<Record<string, string>>,
  ): OpenMetric | undefined {
    try {
      return this.#converter.open(metric, origin, labels);
    } catch {
      this.#outcomes.drop('unexpected', undefined);
      return undefined;
    }
  }

  #takePoint(open: OpenMetric, point: MetricDataPoint): void {
    try {
      const converted = this.#converter.convert(open, point);
      if (converted !== undefined) {
        this.#builder.add(converted.row, open.origin.resource);
        this.#converter.commit(converted);
      }
    } catch {
      // Of somebody else's making, with a getter that throws.
      this.#outcomes.drop('unexpected', open.metric.name);
    }
    if (this.#builder.isFull) {
      this.#cut();
    }
  }

  #refusePoint({ kind, metric }: OpenMetric): void {
    // What a total has grown by comes again with the next export.
    if (kind.takes !== 'growth') {
      this.countRefused('queue_full', metric.name, 1);
    }
  }

  get #hasRoom(): boolean {
    return this.#builder.rowCount + this.#writer.queuedRows('metrics') < this.#options.maxQueuedPoints;
  }

  /** The export has time until the deadline, in which the database may take what is in the way. */
  async #waitForRoom(deadline: number): Promise<boolean> {
    this.#cut();
    const leftMs = deadline - performance.now();
    if (leftMs > 0 && !this.#isStopped) {
      await this.#writer.flush(leftMs).catch(() => undefined);
    }
    return this.#hasRoom;
  }

  #cut(): void {
    const batch = this.#builder.cut();
    if (batch !== undefined) {
      this.#unsettled += batch.rowCount;
      this.#writer.add(batch, batch.rowCount, this.#listen(batch.rowCount));
    }
  }

  #listen(rowCount: number): BatchListener {
    let left = rowCount;
    const settle = (count: number): void => {
      left -= count;
      this.#unsettled -= count;
    };
    return {
      stored: (count) => {
        this.#stored += count;
        settle(count);
      },
      lost: (reason, count) => {
        this.#lost[reason] = (this.#lost[reason] ?? 0) + count;
        settle(count);
      },
      settled: () => settle(left),
    };
  }

  async #originOf(resource: Resource, deadline: number): Promise<MetricOrigin> {
    const known = this.#origins.get(resource);
    if (known !== undefined) {
      return known;
    }
    if (resource.asyncAttributesPending === true) {
      await settlesWithin(resource.waitForAsyncAttributes?.(), deadline - performance.now());
    }
    const origin = resourceToOrigin(resource, this.#redact, this.#options.serviceName);
    if (resource.asyncAttributesPending !== true) {
      this.#origins.set(resource, origin);
    }
    return origin;
  }
}
