import { activeSampledTrace } from '../context/correlation-id.ts';
import type { Log } from '../logging/log-once.ts';
import type { Redact } from '../sanitize/redact.ts';
import { readRecordedAt } from './accepted-window.ts';
import { cleanObservation, isAcceptable } from './clean-observation.ts';
import type { Observation, RawObservation } from './clean-observation.ts';
import type { Aggregate } from './aggregate.ts';
import type { ExemplarTrace } from './exemplars.ts';
import type { MetricType, ObservationOptions } from './metric.ts';
import type { TakeValue, TakeWindow } from './metric-handle.ts';
import { createMetricOutcomes } from './metric-outcomes.ts';
import type { MetricOutcomes } from './metric-outcomes.ts';
import { createObservedValues } from './metric-row.ts';
import { addAll, createSeriesColumns } from './metric-series.ts';
import type { Series } from './metric-series.ts';
import type { ResolvedMetricsOptions } from './metrics-options.ts';
import { MetricsQueue } from './metrics-queue.ts';
import { toMetricsStats } from './metrics-stats.ts';
import type { MetricsStats } from './metrics-stats.ts';
import { warnOfOverflow } from './overflow-warning.ts';
import type { MetricsRecorderParts, SeriesInput } from './recorder-parts.ts';
import { SeriesLookup } from './series-lookup.ts';
import { SeriesRegistry } from './series-registry.ts';

/**
 * The writing half of `MetricsCollector`: cleaning, windows, queue, counts. No method that records throws, whatever it is
 * given: a getter that throws or a revoked proxy is counted as `unexpected`.
 */
export class MetricsRecorder {
  readonly #options: ResolvedMetricsOptions;
  readonly #redact: Redact;
  readonly #log: Log;
  readonly #outcomes: MetricOutcomes;
  readonly #registry: SeriesRegistry;
  readonly #lookup = new SeriesLookup();
  readonly #queue: MetricsQueue;
  readonly #stopWriter: (timeoutMs: number) => Promise<void>;
  #recorded = 0;
  #timer: NodeJS.Timeout | undefined;
  #isShutDown = false;

  constructor(options: ResolvedMetricsOptions, { redact, log, writer, ownsWriter }: MetricsRecorderParts) {
    this.#options = options;
    this.#redact = redact;
    this.#log = log;
    this.#outcomes = createMetricOutcomes(log);
    this.#queue = new MetricsQueue(writer, options);
    this.#stopWriter = ownsWriter ? (timeoutMs) => writer.shutdown(timeoutMs) : async () => undefined;
    this.#registry = new SeriesRegistry({
      ...options,
      onOverflow: (overflow) => warnOfOverflow(log, overflow),
    });
  }

  /** Adds an observation to the open window of its series. */
  aggregate(
    type: MetricType,
    name: unknown,
    value: unknown,
    labels: unknown,
    options: ObservationOptions | undefined,
  ): void {
    try {
      const series = this.#isShutDown ? undefined : this.#lookup.find(type, name, labels);
      if (series !== undefined && isAcceptable(type, value)) {
        this.#add(series, value, undefined);
      } else {
        this.#aggregateUnknown({ type, name, labels, options }, value);
      }
    } catch {
      this.#outcomes.drop('unexpected', name);
    }
  }

  /**
   * What records into one series, without a look at its name and labels.
   * @returns undefined when the name or the type cannot be used
   */
  bind({ type, name, labels, options }: SeriesInput): TakeValue | undefined {
    const series = this.#resolve({ type, name, labels, options });
    if (series === undefined) {
      return undefined;
    }
    let bound = series;
    return (value, trace) => {
      if (this.#isShutDown) {
        this.#outcomes.drop('shutdown', name);
      } else if (isAcceptable(type, value)) {
        bound = bound.isForgotten ? this.#registry.recall(bound) : bound;
        this.#add(bound, value, trace);
      } else {
        this.#outcomes.drop(type === 'counter' && value < 0 ? 'negative_counter' : 'invalid_value', name);
      }
    };
  }

  /**
   * What records whole windows of one series, for what is measured by a clock of its own: the point has that window, whenever
   * the others end. No trace becomes an example of it.
   * @returns undefined when the name or the type cannot be used
   */
  bindWindow(input: SeriesInput): TakeWindow | undefined {
    const series = this.#resolve(input);
    return series && ((values, startTime) => this.#takeWindow(series, values, startTime));
  }

  /** Queues an observation as a point of its own. It is read in here, as reading it may throw. */
  record(read: () => { raw: RawObservation; timestamp: unknown }): void {
    try {
      if (this.#isShutDown) {
        this.#outcomes.drop('shutdown', undefined);
      } else {
        this.#recordPoint(read());
      }
    } catch {
      this.#outcomes.drop('unexpected', undefined);
    }
  }

  /** All series of this process that have recorded something; may be read over several turns of the event loop. */
  series(): Iterable<Series> {
    return this.#registry.recorded();
  }

  /** Resolves when everything recorded before is stored, or counted; rejects with `STORE_UNAVAILABLE` in time. */
  async flush(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    let due = this.#registry.activeCount;
    do {
      // More open windows than the queue has room for go in several turns.
      const room = this.#options.maxQueuedPoints - this.#queue.stats().queued;
      due -= this.#closeWindows(Math.min(due, room));
      await this.#queue.flush(Math.max(1, deadline - performance.now()));
    } while (due > 0);
  }

  /** Stores what is left within the time, drops and counts the rest, and refuses what comes later. Never rejects. */
  async shutdown(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    this.#isShutDown = true;
    clearInterval(this.#timer);
    await this.flush(timeoutMs).catch(() => undefined);
    this.#closeWindows(Number.POSITIVE_INFINITY);
    this.#queue.stop();
    await this.#stopWriter(Math.max(1, deadline - performance.now()));
    const lost = this.#queue.stats().dropped['shutdown'] ?? 0;
    if (lost > 0) {
      this.#log.warn(
        `${lost} metric points were not stored before shutdown: the database did not take them in time.`,
      );
    }
  }

  stats(): MetricsStats {
    return toMetricsStats({
      ingest: this.#queue.stats(),
      recorded: this.#recorded,
      openWindows: this.#registry.activeCount,
      outcomes: this.#outcomes,
    });
  }

  #aggregateUnknown({ type, name, labels, options }: SeriesInput, value: unknown): void {
    if (this.#isShutDown) {
      this.#outcomes.drop('shutdown', name);
      return;
    }
    const mendedBefore = this.#outcomes.mended;
    const observation = this.#clean({ type, name, value, labels, unit: options?.unit });
    const series = observation === undefined ? undefined : this.#findSeries(observation);
    if (observation === undefined || series === undefined) {
      return;
    }
    // What was mended is counted each time, so it must come this way again.
    if (this.#outcomes.mended === mendedBefore) {
      this.#lookup.add(type, name, labels, series);
    }
    this.#add(series, observation.value, undefined);
  }

  #recordPoint({ raw, timestamp }: { raw: RawObservation; timestamp: unknown }): void {
    const observation = this.#clean(raw);
    const recordedAt = observation === undefined ? undefined : this.#resolveTimestamp(timestamp, raw.name);
    if (observation === undefined || recordedAt === undefined) {
      return;
    }
    const columns = createSeriesColumns(observation, this.#options);
    const values = createObservedValues(observation.type, observation.value);
    if (this.#queue.push({ ...columns, ...values, recorded_at: recordedAt, start_time: null })) {
      this.#recorded += 1;
    } else {
      this.#outcomes.warnDropped('queue_full', raw.name);
    }
  }

  #resolve({ type, name, labels, options }: SeriesInput): Series | undefined {
    const observation = this.#clean({ type, name, value: 0, labels, unit: options?.unit });
    return observation && this.#findSeries(observation);
  }

  #findSeries(observation: Observation): Series | undefined {
    const series = this.#registry.find(observation);
    if (series === undefined) {
      this.#outcomes.drop('too_many_metrics', observation.name);
    }
    return series;
  }

  #add(series: Series, value: number, trace: ExemplarTrace | undefined): void {
    const { aggregate } = series;
    if (!aggregate.add(value)) {
      this.#outcomes.drop('value_overflow', series.columns.metric_name);
      return;
    }
    this.#recorded += 1;
    this.#open(series);
    if (aggregate.wantsExemplar) {
      this.#noteExemplar(aggregate, value, trace);
    }
  }

  #takeWindow(series: Series, values: readonly number[], startTime: number): void {
    const takenCount = this.#isShutDown ? 0 : addAll(series, values);
    if (takenCount > 0) {
      this.#recorded += takenCount;
      this.#open(series);
      series.startTime = Math.min(series.startTime, startTime);
      const row = this.#roomForWindows() > 0 ? this.#registry.closeWindow(series) : undefined;
      if (row !== undefined) {
        this.#queue.push(row);
      }
    }
  }

  #open(series: Series): void {
    if (!series.isOpen) {
      this.#registry.open(series);
      this.#timer ??= setInterval(() => this.#tick(), this.#options.flushIntervalMs).unref();
    }
  }

  #noteExemplar(aggregate: Aggregate, value: number, given: ExemplarTrace | undefined): void {
    const trace = given ?? activeSampledTrace();
    aggregate.noteExemplar(
      trace && { value, time: this.#options.now(), traceId: trace.traceId, spanId: trace.spanId },
    );
  }

  #clean(raw: RawObservation): Observation | undefined {
    const cleaned = cleanObservation(raw, {
      redact: this.#redact,
      onMended: (reason) => this.#outcomes.mend(reason, raw.name),
    });
    if ('refused' in cleaned) {
      this.#outcomes.drop(cleaned.refused, raw.name);
      return undefined;
    }
    return cleaned.observation;
  }

  #resolveTimestamp(timestamp: unknown, name: unknown): number | undefined {
    const found = readRecordedAt(timestamp, this.#options.now());
    if ('refused' in found) {
      this.#outcomes.drop(found.refused, name);
      return undefined;
    }
    return found.recordedAt;
  }

  // With the database away, half of the queue is left to `record`; the windows stay open and grow instead.
  #roomForWindows(): number {
    return Math.ceil(this.#options.maxQueuedPoints / 2) - this.#queue.stats().queued;
  }

  #tick(): void {
    try {
      this.#closeWindows(this.#roomForWindows());
      if (this.#registry.forgetIdle() > 0) {
        this.#lookup.clear();
      }
    } catch (error) {
      this.#log.warnOnce('metrics-tick', `Could not close a window of metrics: ${String(error)}.`);
    }
  }

  #closeWindows(limit: number): number {
    const rows = this.#registry.closeWindows(limit);
    for (const row of rows) {
      this.#queue.push(row);
    }
    return rows.length;
  }
}
