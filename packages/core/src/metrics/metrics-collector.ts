import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { IngestWriter } from '../ingest/ingest-writer.ts';
import { storeBatch } from '../ingest/store-batch.ts';
import { createLog } from '../logging/log-once.ts';
import type { Log } from '../logging/log-once.ts';
import { cleanLabels } from '../sanitize/clean-json.ts';
import { createRedact } from '../sanitize/redact.ts';
import type { Redact } from '../sanitize/redact.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import { createStoreAccess } from '../storage/store-access.ts';
import type { StoreAccess } from '../storage/store-access.ts';
import type {
  Metric,
  MetricLabels,
  MetricPoint,
  MetricQuery,
  MetricType,
  ObservationOptions,
  PercentileQuery,
} from './metric.ts';
import { BoundMetric } from './metric-handle.ts';
import type { MetricHandles, TakeWindow } from './metric-handle.ts';
import { resolveMetricsOptions } from './metrics-options.ts';
import type { MetricsOptions, ResolvedMetricsOptions } from './metrics-options.ts';
import { MetricsRecorder } from './metrics-recorder.ts';
import type { MetricsStats } from './metrics-stats.ts';
import { resolvePercentileQuery, resolvePercentilesQuery } from './reading/percentiles-arguments.ts';
import type { PercentileGroup, PercentilesQuery } from './reading/percentiles.ts';
import { resolveMetricQuery, resolveTimeoutMs } from './reading/query-arguments.ts';
import { readPercentiles } from './reading/read-percentiles.ts';
import { readMetricPoints } from './reading/read-points.ts';
import { readSeries } from './reading/read-series.ts';
import { resolveSeriesQuery } from './reading/series-arguments.ts';
import type { MetricSeries, SeriesQuery } from './reading/series.ts';
import type { ScrapeSource } from './prometheus/scrape-source.ts';
import { toSnapshot } from './series-snapshot.ts';
import type { SeriesSnapshot } from './series-snapshot.ts';

export type { MetricsStats } from './metrics-stats.ts';

/**
 * Records metrics into `observability.metrics` and reads them back.
 *
 * `counter`, `gauge` and `histogram` add up in memory: what a process records for one name, type and set of labels in one
 * window (10 s) becomes one row. `record` writes one observation as it is, with its own time. Recording never throws and
 * never waits: what comes in wrong is mended or dropped, counted in `stats()`, with one warning per code and name.
 *
 * Batches carry an ID, so what is sent again after a lost connection is stored once. While the database is away everything
 * waits in memory, within `maxQueuedPoints`. Timers do not keep the process alive: call `shutdown` (or `flush`) at the end.
 *
 * @example
 * ```ts
 * const metrics = new MetricsCollector(postgresStore(process.env.DATABASE_URL));
 * metrics.counter('orders.placed', 1, { channel: 'web' });
 * metrics.histogram('checkout.duration', 0.182, { route: '/checkout' }, { unit: 's' });
 * await metrics.getPercentile('checkout.duration', 0.95); // over the last 24 hours
 * await metrics.shutdown();
 * ```
 */
export class MetricsCollector {
  readonly #options: ResolvedMetricsOptions;
  readonly #access: StoreAccess;
  readonly #redact: Redact;
  readonly #recorder: MetricsRecorder;
  readonly #log: Log;
  readonly #resource: (() => Readonly<Record<string, unknown>>) | undefined;
  #shutdown: Promise<void> | undefined;

  /**
   * @param store where the rows go; its tables are made on first use
   * @param options see {@link MetricsOptions}
   * @throws `INVALID_ARGUMENT` when `store` is none; `INVALID_OPTION`
   */
  constructor(
    store: SqlStore,
    options: MetricsOptions = {},
    /** @internal */ sharedWriter?: IngestWriter,
    /** @internal */ resource?: () => Readonly<Record<string, unknown>>,
  ) {
    this.#resource = resource;
    this.#options = resolveMetricsOptions(options);
    this.#access = createStoreAccess(store, this.#options.access);
    this.#redact = createRedact(this.#options.redact);
    const log = createLog(this.#options.access.logger);
    this.#log = log;
    this.#recorder = new MetricsRecorder(this.#options, {
      redact: this.#redact,
      log,
      writer:
        sharedWriter ??
        new IngestWriter({ write: (batch) => storeBatch(store, batch, this.#options.access), log }),
      ownsWriter: sharedWriter === undefined,
    });
  }

  /**
   * Counts something that only grows. A negative value is dropped and counted.
   * @param name 1 to 255 characters, for example `orders.placed`
   * @param value how much it grew; default 1
   * @param labels what tells the series apart; a handful of values each, no IDs
   */
  counter(name: string, value: number = 1, labels?: MetricLabels, options?: ObservationOptions): void {
    this.#recorder.aggregate('counter', name, value, labels, options);
  }

  /**
   * Sets a number that goes up and down. The point of a window holds its last, smallest and largest value.
   * @example `metrics.gauge('queue.length', jobs.length, { queue: 'mail' });`
   */
  gauge(name: string, value: number, labels?: MetricLabels, options?: ObservationOptions): void {
    this.#recorder.aggregate('gauge', name, value, labels, options);
  }

  /**
   * Adds a value to a distribution. Its buckets are stored, so that percentiles can be computed over any series, processes
   * and time range, with an error of 1.1 % at most.
   * @example `metrics.histogram('invoice.amount', 129.5, { currency: 'EUR' });`
   */
  histogram(name: string, value: number, labels?: MetricLabels, options?: ObservationOptions): void {
    this.#recorder.aggregate('histogram', name, value, labels, options);
  }

  /**
   * A handle for one series, for what is recorded very often: name and labels are looked at once, here, and a call costs less
   * than 0.1 µs.
   * @param type `counter` (handle with `add`), `gauge` (`set`) or `histogram` (`record`)
   * @throws `INVALID_ARGUMENT` when name or type cannot be used, or there are too many metrics
   * @example
   * ```ts
   * const hits = metrics.bind('cache.hits', 'counter', { cache: 'prices' });
   * hits.add();
   * ```
   */
  bind<Type extends MetricType>(
    name: string,
    type: Type,
    labels?: MetricLabels,
    options?: ObservationOptions,
  ): MetricHandles[Type] {
    const take = this.#recorder.bind({ name, type, labels, options });
    if (take === undefined) {
      throw new ObservabilityError(
        'INVALID_ARGUMENT',
        `bind got the name ${describeValue(name)} and the type ${describeValue(type)}; expected text of 1 to 255 characters and counter, gauge or histogram, of at most 2,000 metrics.`,
      );
    }
    return new BoundMetric(take);
  }

  /**
   * Writes one observation as it is, with its own time: for imports, and where each value matters. Outside of 13 months ago
   * to a day ahead it is dropped and counted as `out_of_window`.
   * @example `metrics.record({ name: 'import.rows', value: 1200, metricType: 'gauge', timestamp: new Date(), labels: {} });`
   */
  record(metric: Metric): void {
    this.#recorder.record(() => {
      const { name, metricType: type, value, labels, unit, timestamp } = metric;
      return { raw: { name, type, value, labels, unit }, timestamp };
    });
  }

  /**
   * Resolves when everything recorded before is stored, or counted as dropped.
   * @param timeoutMs default: the option `timeoutMs`, 5,000
   * @throws `STORE_UNAVAILABLE` when it takes longer; nothing is lost by that, the points stay queued
   */
  async flush(timeoutMs: number = this.#options.timeoutMs): Promise<void> {
    await this.#recorder.flush(resolveTimeoutMs(timeoutMs));
  }

  /**
   * The stored points of a metric, oldest first. What this process recorded before the call is among them.
   *
   * Where there are more than `limit`, the newest ones are returned.
   * @param query time range, labels and limit; by default everything there can be, at most 10,000 points
   * @throws `INVALID_ARGUMENT`, `STORE_UNAVAILABLE`, `STORE_FAILED`
   * @example
   * ```ts
   * const points = await metrics.query('orders.placed', { startTime: Date.now() - 3_600_000, labels: { channel: 'web' } });
   * const orders = points.reduce((sum, point) => sum + point.value, 0);
   * ```
   */
  async query(name: string, query: MetricQuery = {}): Promise<MetricPoint[]> {
    const range = resolveMetricQuery(name, query, this.#readContext());
    await this.#flushQuietly();
    return readMetricPoints(this.#access, range);
  }

  /**
   * A percentile over all series, processes and windows of a metric. Single observations (`record`) and the points of gauges
   * and counters count by their value, exactly as `percentile_cont` does; where histograms take part, the error is 1.1 % at
   * most. What this process recorded before the call takes part.
   * @param percentile 0 to 1; default 0.5, the median
   * @returns null when there is nothing
   * @throws `INVALID_ARGUMENT`, `STORE_UNAVAILABLE`, `STORE_FAILED`
   * @example `const p99 = await metrics.getPercentile('http.server.request.duration', 0.99, { hours: 1 });`
   */
  async getPercentile(
    name: string,
    percentile: number = 0.5,
    query: PercentileQuery = {},
  ): Promise<number | null> {
    const range = resolvePercentileQuery(name, percentile, query, this.#readContext());
    await this.#flushQuietly();
    const [all] = await readPercentiles(this.#access, range);
    return all?.values[0] ?? null;
  }

  /**
   * Several percentiles at once, also by group. They come from the coarsest sums that answer, merged exactly over series, processes
   * and hours, so they stay quick over months and where the points are gone; single observations (`record`, gauges) are read
   * one by one while they are there. What this process recorded before the call takes part.
   *
   * @param percentiles 0 to 1 each, 1 to 100 of them
   * @returns one entry for each group, those with most observations first; none where there is nothing
   * @throws `INVALID_ARGUMENT`, `STORE_UNAVAILABLE`, `STORE_FAILED`
   * @example
   * ```ts
   * const byRoute = await metrics.percentiles('http.server.request.duration', [0.5, 0.95], { hours: 1, groupBy: ['http.route'] });
   * for (const { labels, values: [median, p95] } of byRoute) {
   *   console.log(labels['http.route'], median, p95);
   * }
   * ```
   * @source Buckets merge exactly: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
   */
  async percentiles(
    name: string,
    percentiles: readonly number[],
    query: PercentilesQuery = {},
  ): Promise<PercentileGroup[]> {
    const range = resolvePercentilesQuery(name, percentiles, query, this.#readContext());
    await this.#flushQuietly();
    return readPercentiles(this.#access, range);
  }

  /**
   * A metric over time, step by step: a rate, a sum, an average or a percentile, also by group. Steps in which nothing was recorded
   * are there, with null. Counters are stored as what they grew by, so a restart shows as nothing.
   *
   * Steps begin at whole multiples since 1970, the first one at or before `startTime`. The last one may not be over yet: a rate is
   * then what it has been so far.
   *
   * @returns one entry for each group, those with most observations first; none where there is nothing
   * @throws `INVALID_ARGUMENT` also where there would be more than 11,000 steps, `STORE_UNAVAILABLE`, `STORE_FAILED`
   * @example
   * ```ts
   * const [requests] = await metrics.series('http.server.request.duration', { aggregate: 'rate', step: '1m' });
   * const slowest = await metrics.series('http.server.request.duration', { aggregate: 'p95', groupBy: ['http.route'] });
   * ```
   */
  async series(name: string, query: SeriesQuery): Promise<MetricSeries[]> {
    const context = this.#readContext();
    const range = resolveSeriesQuery(name, query, context);
    await this.#flushQuietly();
    return readSeries(this.#access, range, { now: context.now, windowMs: this.#options.flushIntervalMs });
  }

  /** @internal For what measures by a clock of its own; undefined where the name cannot be used, or there are too many. */
  bindWindow(
    name: string,
    type: MetricType,
    labels?: MetricLabels,
    options?: ObservationOptions,
  ): TakeWindow | undefined {
    return this.#recorder.bindWindow({ name, type, labels, options });
  }

  /** @internal All series of this process, with what they have recorded since it began. */
  snapshot(): SeriesSnapshot[] {
    return [...this.#recorder.series()].map(toSnapshot);
  }

  /** @internal What a scrape reads. */
  scrapeSource(): ScrapeSource {
    const { serviceName } = this.#options;
    return {
      series: () => this.#recorder.series(),
      // A name of its own is that under which its rows are found.
      resource: cleanLabels({ ...this.#resource?.(), 'service.name': serviceName }, { redact: this.#redact }),
      log: this.#log,
    };
  }

  /** What was recorded, stored, dropped and mended so far. */
  stats(): MetricsStats {
    return this.#recorder.stats();
  }

  /**
   * Stores what is left, within the time, and stops. What cannot be stored is dropped and counted; so is what is recorded
   * from now on. Never rejects for the database; a second call waits for the first.
   * @param timeoutMs default: the option `timeoutMs`, 5,000
   */
  async shutdown(timeoutMs: number = this.#options.timeoutMs): Promise<void> {
    this.#shutdown ??= this.#recorder.shutdown(resolveTimeoutMs(timeoutMs));
    await this.#shutdown;
  }

  #readContext(): { now: number; redact: Redact } {
    return { now: this.#options.now(), redact: this.#redact };
  }

  // Who reads right after recording expects to find it. With the database away, the query that follows says so.
  async #flushQuietly(): Promise<void> {
    if (this.#shutdown === undefined) {
      await this.#recorder.flush(this.#options.timeoutMs).catch(() => undefined);
    }
  }
}
