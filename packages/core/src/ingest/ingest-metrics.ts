import { ApplicationActivity, hasActed } from './application-activity.ts';
import type { ActivityMark } from './application-activity.ts';
import type { IngestSignal } from './encoded-batch.ts';
import type { MetricLabels, MetricType, ObservationOptions } from '../metrics/metric.ts';
import type { IngestStats } from './ingest-stats.ts';

/** The parts of a `MetricsCollector` that are used. */
export interface IngestMetricsSink {
  counter(name: string, value: number, labels: MetricLabels, options: ObservationOptions): void;
  gauge(name: string, value: number, labels: MetricLabels, options: ObservationOptions): void;
  histogram(name: string, value: number, labels: MetricLabels, options: ObservationOptions): void;
  stats(): { recorded: number };
}

/** What {@link IngestMetrics} reads and writes. */
export interface IngestMetricsOptions {
  metrics: IngestMetricsSink;
  stats(signal: IngestSignal): IngestStats;
  /** What the application did, where others record on their own account, too. Default: all that is not recorded here. */
  activity?: ApplicationActivity;
}

/** One observation about the way of telemetry itself. */
export interface IngestObservation {
  type: MetricType;
  name: string;
  value: number;
  labels: Readonly<Record<string, string>>;
  unit: string;
}

const SIGNALS: readonly IngestSignal[] = ['spans', 'metrics'];
// At the highest load we know of there are 500 batches in a window of 10 s.
const MAX_DURATIONS = 1_000;

/** @source https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/ */
const NAMES = {
  spans: {
    exported: 'otel.sdk.exporter.span.exported',
    queued: 'otel.sdk.processor.span.queue.size',
    unit: '{span}',
  },
  metrics: {
    exported: 'otel.sdk.exporter.metric_data_point.exported',
    queued: 'otel.sdk.exporter.metric_data_point.inflight',
    unit: '{data_point}',
  },
} as const;
const OPERATION_DURATION = 'otel.sdk.exporter.operation.duration';

/**
 * Records, once a window, what has become of telemetry since the window before, as metrics in the same store.
 *
 * A window in which the application recorded nothing and no span moved records nothing, or the rows of one window would be the
 * reason for those of the next, for ever. What has changed meanwhile is in the next window that does: no count gets lost.
 */
export class IngestMetrics {
  readonly #options: IngestMetricsOptions;
  readonly #activity: ApplicationActivity;
  readonly #durationsMs: Record<IngestSignal, number[]> = { spans: [], metrics: [] };
  #before: Record<IngestSignal, IngestStats>;
  /** What the application had done up to the last window that recorded. */
  #mark: ActivityMark;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: IngestMetricsOptions) {
    this.#options = options;
    this.#before = this.#read();
    this.#activity =
      options.activity ??
      new ApplicationActivity({
        recorded: () => options.metrics.stats().recorded,
        spans: () => options.stats('spans'),
      });
    this.#mark = this.#activity.mark();
  }

  /** Records every `intervalMs` from now on, until `stop`. Keeps no process alive. */
  start(intervalMs: number): void {
    if (this.#stopped) {
      return;
    }
    this.#timer ??= setInterval(() => this.record(), intervalMs).unref();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  /** A batch was stored. Past 1,000 of a signal in a window, durations are left out. */
  noteStored(signal: IngestSignal, durationMs: number): void {
    const durationsMs = this.#durationsMs[signal];
    if (durationsMs.length < MAX_DURATIONS) {
      durationsMs.push(durationMs);
    }
  }

  /** Ends a window. */
  record(): void {
    const mark = this.#activity.mark();
    if (!hasActed(this.#mark, mark)) {
      return;
    }
    const now = this.#read();
    this.#activity.recordOwn(() => this.#recordSince(now));
    this.#mark = mark;
    this.#before = now;
  }

  #recordSince(now: Record<IngestSignal, IngestStats>): void {
    for (const signal of SIGNALS) {
      const durationsMs = this.#durationsMs[signal].splice(0);
      for (const observation of describeWindow(signal, this.#before[signal], now[signal], durationsMs)) {
        const { type, name, value, labels, unit } = observation;
        this.#options.metrics[type](name, value, labels, { unit });
      }
    }
  }

  #read(): Record<IngestSignal, IngestStats> {
    return { spans: this.#options.stats('spans'), metrics: this.#options.stats('metrics') };
  }
}

/** What to record about one signal: only what has changed. */
export function describeWindow(
  signal: IngestSignal,
  before: IngestStats,
  now: IngestStats,
  durationsMs: readonly number[],
): IngestObservation[] {
  const { exported, queued, unit } = NAMES[signal];
  const counter = (name: string, value: number, labels: Record<string, string>, of: string) =>
    ({ type: 'counter', name, value, labels, unit: of }) as const;
  const gauge = (name: string, value: number, labels: Record<string, string>) =>
    ({ type: 'gauge', name, value, labels, unit }) as const;
  const counters = [
    counter(exported, now.stored - before.stored, {}, unit),
    ...Object.entries(now.dropped).map(([reason, count]) =>
      counter(exported, count - (before.dropped[reason] ?? 0), { 'error.type': reason }, unit),
    ),
    counter('pg_observability.ingest.retried', now.retried - before.retried, { signal }, '{attempt}'),
    counter('pg_observability.ingest.stored', now.storedBytes - before.storedBytes, { signal }, 'By'),
  ];
  return [
    ...counters.filter(({ value }) => value > 0),
    ...(now.queued === before.queued ? [] : [gauge(queued, now.queued, {})]),
    ...(now.spooled === before.spooled
      ? []
      : [gauge('pg_observability.ingest.spooled', now.spooled, { signal })]),
    ...durationsMs.map((durationMs) => ({
      type: 'histogram' as const,
      name: OPERATION_DURATION,
      value: durationMs / 1_000,
      labels: { signal },
      unit: 's',
    })),
  ];
}
