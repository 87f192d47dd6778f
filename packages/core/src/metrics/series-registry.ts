import type { Observation } from './clean-observation.ts';
import type { MetricType } from './metric.ts';
import type { MetricRow } from './metric-row.ts';
import {
  closeWindow,
  createSeries,
  createSeriesColumns,
  createSeriesKey,
  findWidestLabel,
} from './metric-series.ts';
import type { RecordingProcess, Series } from './metric-series.ts';
import type { SeriesOverflow } from './overflow-warning.ts';

/** Label of the series that holds what the limits keep apart series for no longer. @source OpenTelemetry metrics SDK */
export const OVERFLOW_LABELS: Readonly<Record<string, string>> = { 'otel.metric.overflow': 'true' };

/** Options of {@link SeriesRegistry}. */
export interface SeriesRegistryOptions extends RecordingProcess {
  maxSeriesPerMetric: number;
  /** Series of all metrics together. Default 50,000. */
  maxSeries?: number;
  /** Metric names. Default 2,000; a name is no place for an ID. */
  maxMetrics?: number;
  /** Epoch milliseconds. */
  now(): number;
  /** Told when a metric gets its overflow series. */
  onOverflow(overflow: SeriesOverflow): void;
}

// Long enough that a limit holds against a slow flood of IDs, short enough that labels of yesterday's release are forgotten.
const FORGET_IDLE_AFTER_MS = 3_600_000;

interface MetricEntry {
  readonly series: Map<string, Series>;
  readonly overflow: Map<MetricType, Series>;
}

/** All series of a process, bounded, and the window that is open. */
export class SeriesRegistry {
  readonly #options: SeriesRegistryOptions;
  readonly #maxSeries: number;
  readonly #maxMetrics: number;
  readonly #metrics = new Map<string, MetricEntry>();
  readonly #active = new Set<Series>();
  #seriesCount = 0;
  #windowStart: number | undefined;

  constructor(options: SeriesRegistryOptions) {
    this.#options = options;
    this.#maxSeries = options.maxSeries ?? 50_000;
    this.#maxMetrics = options.maxMetrics ?? 2_000;
  }

  /** Series that have something in the open window. */
  get activeCount(): number {
    return this.#active.size;
  }

  /** The series of an observation, made at its first one; the overflow series past the limits. */
  find(observation: Observation): Series | undefined {
    const { name, type, labels } = observation;
    const metric = this.#metrics.get(name) ?? this.#addMetric(name);
    if (metric === undefined) {
      return undefined;
    }
    const key = createSeriesKey(type, labels);
    const found = metric.series.get(key);
    if (found !== undefined) {
      return found;
    }
    if (!this.#hasRoom(metric)) {
      return this.#findOverflow(metric, observation);
    }
    const series = this.#createSeries(observation);
    metric.series.set(key, series);
    this.#seriesCount += 1;
    return series;
  }

  /** A value was taken into the window of a series, which is closed with the others from now on. */
  open(series: Series): void {
    this.#windowStart ??= this.#options.now();
    series.isOpen = true;
    series.startTime = this.#windowStart;
    this.#active.add(series);
  }

  /**
   * Takes a series back that was forgotten while somebody held it, with all it has counted.
   * @returns the series to record into: this one, or the one that has come in its place; past the limits this one, unlisted
   */
  recall(series: Series): Series {
    const { metric_name: name, metric_type: type, labels } = series.columns;
    const metric = this.#metrics.get(name) ?? this.#addMetric(name);
    if (metric === undefined) {
      return series;
    }
    const key = createSeriesKey(type, labels);
    const isOverflow = labels === OVERFLOW_LABELS;
    const found = isOverflow ? metric.overflow.get(type) : metric.series.get(key);
    if (found !== undefined) {
      return found;
    }
    if (isOverflow) {
      metric.overflow.set(type, series);
      series.isForgotten = false;
    } else if (this.#hasRoom(metric)) {
      metric.series.set(key, series);
      this.#seriesCount += 1;
      series.isForgotten = false;
    }
    return series;
  }

  /** All series in which something was recorded. */
  *recorded(): Iterable<Series> {
    for (const series of this.#all()) {
      if (series.isOpen || series.totals.sampleCount > 0) {
        yield series;
      }
    }
  }

  /** Closes the window of up to `limit` series, those first that have waited longest. The others go on recording. */
  closeWindows(limit: number): MetricRow[] {
    const endTime = this.#options.now();
    const rows: MetricRow[] = [];
    for (const series of this.#active) {
      if (rows.length >= limit) {
        break;
      }
      this.#active.delete(series);
      const row = closeWindow(series, endTime);
      if (row !== undefined) {
        rows.push(row);
      }
    }
    this.#windowStart = endTime;
    return rows;
  }

  /** Closes the window of one series before its time. */
  closeWindow(series: Series): MetricRow | undefined {
    this.#active.delete(series);
    return closeWindow(series, this.#options.now());
  }

  /**
   * Forgets series in which nothing was recorded for an hour, so that the limits count the living ones.
   * @returns how many
   */
  forgetIdle(): number {
    const before = this.#options.now() - FORGET_IDLE_AFTER_MS;
    const countBefore = this.#seriesCount;
    for (const [name, { series, overflow }] of this.#metrics) {
      for (const [key, each] of series) {
        if (!each.isOpen && each.lastActiveAt < before) {
          series.delete(key);
          each.isForgotten = true;
          this.#seriesCount -= 1;
        }
      }
      if (series.size === 0 && [...overflow.values()].every(({ isOpen }) => !isOpen)) {
        this.#metrics.delete(name);
        overflow.forEach((each) => {
          each.isForgotten = true;
        });
      }
    }
    return countBefore - this.#seriesCount;
  }

  *#all(): Iterable<Series> {
    for (const { series, overflow } of this.#metrics.values()) {
      yield* series.values();
      yield* overflow.values();
    }
  }

  #hasRoom({ series }: MetricEntry): boolean {
    return series.size < this.#options.maxSeriesPerMetric && this.#seriesCount < this.#maxSeries;
  }

  #addMetric(name: string): MetricEntry | undefined {
    if (this.#metrics.size >= this.#maxMetrics) {
      return undefined;
    }
    const metric: MetricEntry = { series: new Map(), overflow: new Map() };
    this.#metrics.set(name, metric);
    return metric;
  }

  #findOverflow(metric: MetricEntry, observation: Observation): Series {
    const found = metric.overflow.get(observation.type);
    if (found !== undefined) {
      return found;
    }
    const series = this.#createSeries({ ...observation, labels: OVERFLOW_LABELS });
    metric.overflow.set(observation.type, series);
    const widest = findWidestLabel(metric.series.values());
    this.#options.onOverflow({
      name: observation.name,
      series: metric.series.size,
      widestLabel: widest?.label,
    });
    return series;
  }

  #createSeries(observation: Observation): Series {
    return createSeries(createSeriesColumns(observation, this.#options), this.#options.now());
  }
}
