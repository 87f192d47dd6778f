import type { SeriesColumns } from '../metric-row.ts';
import type { Distribution } from './distribution.ts';
import type { TotalPoint } from './growth.ts';

/** One series of a metric, as an exporter knows it. */
export interface ExportedSeries {
  readonly columns: SeriesColumns;
  /** What was mended in its labels; counted with every point. */
  readonly mends: readonly string[];
  /** Epoch milliseconds of the last point, by the exporter's clock. */
  lastSeenAt: number;
  /** The last total, where points tell totals. */
  total: TotalPoint<number | Distribution> | undefined;
  /** The number an up-down counter stands at, where points tell by how much it moved. */
  balance: number;
}

/** The series of one metric. */
export interface ExportedMetric {
  readonly name: string;
  /** True where points tell totals, so that each series has to be known to tell what has come on. */
  readonly hasTotals: boolean;
  readonly series: Map<string, ExportedSeries>;
  /** Holds what comes past the limits. */
  overflow: ExportedSeries | undefined;
}

/** Options of {@link ExportedSeriesRegistry}. */
export interface ExportedSeriesOptions {
  maxSeriesPerMetric: number;
  /** Series of all metrics together. Default 50,000. */
  maxSeries?: number;
  /** Metrics. Default 2,000. */
  maxMetrics?: number;
}

/** Makes what the registry does not know. */
export interface SeriesFactory {
  /** The series of a point. @param isOverflow past the limit of series with labels of their own */
  create(isOverflow: boolean): ExportedSeries;
  /** Told when a metric passes its limit. */
  onOverflow(metric: ExportedMetric): void;
}

// As a collector forgets them.
const FORGET_IDLE_AFTER_MS = 3_600_000;
const LOOK_EVERY_MS = 60_000;

/** The series of an exporter, bounded. */
export class ExportedSeriesRegistry {
  readonly #maxSeriesPerMetric: number;
  readonly #maxSeries: number;
  readonly #maxMetrics: number;
  readonly #metrics = new Map<string, ExportedMetric>();
  #seriesCount = 0;
  #forgottenUntil = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor({ maxSeriesPerMetric, maxSeries = 50_000, maxMetrics = 2_000 }: ExportedSeriesOptions) {
    this.#maxSeriesPerMetric = maxSeriesPerMetric;
    this.#maxSeries = maxSeries;
    this.#maxMetrics = maxMetrics;
  }

  /** The latest start of a total that was forgotten; one that began before may be one of them, come back. */
  get forgottenUntil(): number {
    return this.#forgottenUntil;
  }

  /** A metric by its identity; undefined where there are too many. */
  metric(key: string, name: string, hasTotals: boolean): ExportedMetric | undefined {
    let metric = this.#metrics.get(key);
    if (metric === undefined && this.#metrics.size < this.#maxMetrics) {
      metric = { name, hasTotals, series: new Map(), overflow: undefined };
      this.#metrics.set(key, metric);
    }
    return metric;
  }

  /**
   * A series of a metric, made at its first point; past the limits the overflow series. Where points tell totals, a series past
   * the limit of its metric has the labels of the overflow series and a total of its own.
   * @returns undefined where there is no room for one more total
   */
  series(metric: ExportedMetric, key: string, factory: SeriesFactory): ExportedSeries | undefined {
    const found = metric.series.get(key);
    if (found !== undefined) {
      return found;
    }
    const isFull = this.#seriesCount >= this.#maxSeries;
    const isOverflow = isFull || metric.series.size >= this.#maxSeriesPerMetric;
    if (isOverflow && metric.overflow === undefined) {
      metric.overflow = factory.create(true);
      factory.onOverflow(metric);
    }
    if (isOverflow && (isFull || !metric.hasTotals)) {
      return metric.hasTotals ? undefined : metric.overflow;
    }
    const series = factory.create(isOverflow);
    metric.series.set(key, series);
    this.#seriesCount += 1;
    return series;
  }

  /** Forgets series that had no point for an hour, so that the limits count the living ones. */
  forgetIdle(now: number): void {
    if (Math.abs(now - this.#lookedAt) < LOOK_EVERY_MS) {
      return;
    }
    this.#lookedAt = now;
    const before = now - FORGET_IDLE_AFTER_MS;
    for (const [metricKey, metric] of this.#metrics) {
      for (const [key, series] of metric.series) {
        if (isForgettable(series, before)) {
          metric.series.delete(key);
          this.#seriesCount -= 1;
          this.#forgottenUntil = Math.max(this.#forgottenUntil, series.total?.startMs ?? 0);
        }
      }
      if (
        metric.series.size === 0 &&
        (metric.overflow === undefined || isForgettable(metric.overflow, before))
      ) {
        this.#metrics.delete(metricKey);
      }
    }
  }
}

// A balance that is not zero could not be had back.
function isForgettable({ lastSeenAt, balance }: ExportedSeries, before: number): boolean {
  return lastSeenAt < before && balance === 0;
}
