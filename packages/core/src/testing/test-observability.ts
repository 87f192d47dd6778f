import type { AlertManager } from '../alerts/alert-manager.ts';
import { createObservability } from '../create-observability.ts';
import type { MetricPoint } from '../metrics/metric.ts';
import { pointRowToMetricPoint } from '../metrics/reading/read-points.ts';
import type { PointRow } from '../metrics/reading/read-points.ts';
import type { Observability } from '../observability.ts';
import type { ObservabilityOptions } from '../observability-options.ts';
import type { SqlRow } from '../storage/sql-store.ts';
import { untraced } from '../tracing/untraced.ts';
import type { WorkflowStateTracker } from '../workflows/workflow-state-tracker.ts';
import { memoryStore } from './memory-store/memory-store.ts';
import type { MemoryStore } from './memory-store/memory-store.ts';
import { rowToRecordedSpan } from './recorded-span.ts';
import type { RecordedSpan, RecordedSpanRow } from './recorded-span.ts';
import { selectRecordedMetrics, selectRecordedSpans } from './recorded.sql.ts';
import { matchesSpan } from './span-filter.ts';
import type { SpanFilter } from './span-filter.ts';

/** A real instance, and what it has recorded. */
export interface TestObservability extends AsyncDisposable {
  /** Give it to the application; everything works as in production. */
  readonly observability: Observability;
  readonly workflows: WorkflowStateTracker;
  readonly alerts: AlertManager;
  /** The spans recorded so far, in the order they began. Waits for requests that are still being answered, and for messages
   * and jobs that are still being processed. */
  spans(filter?: SpanFilter): Promise<RecordedSpan[]>;
  /**
   * The metric points recorded so far, of one name or of all, oldest first. A point holds all that a series recorded in a
   * window: add up `value` and `sampleCount` instead of counting points. On a store of yours only points with a time since the
   * recorder was made are answered.
   */
  metrics(name?: string): Promise<MetricPoint[]>;
  /** Forgets what was recorded, between tests. A store of yours keeps its rows: only spans and metrics begin anew. */
  reset(): Promise<void>;
  /** Shuts the instance down and takes everything global back. What was recorded can still be read. */
  shutdown(): Promise<void>;
}

/** Options of {@link createTestObservability}: those of `createObservability`, none of them needed. */
export type TestObservabilityOptions = Partial<ObservabilityOptions>;

// What never ends must not make a test hang; 1 s is far more than a response needs to close.
const IDLE_TIMEOUT_MS = 1_000;

/**
 * A real `Observability` for tests, on a store in this process: nothing to install, and ready within milliseconds. It is
 * registered with OpenTelemetry at once, and `shutdown()` takes that back.
 *
 * @param options those of `createObservability`. `serviceName` defaults to `test`, `store` to `memoryStore()`; with a store of
 * yours the same finders read your database
 * @throws as `createObservability` does
 * @example
 * ```ts
 * const test = createTestObservability();
 * const telemetry = observability({ observability: test.observability });
 * // requests
 * await assertSpan(test, { name: 'GET /orders/:id', attributes: { 'http.response.status_code': 200 } });
 * await test.shutdown();
 * ```
 */
export function createTestObservability(options: TestObservabilityOptions = {}): TestObservability {
  const memory = options.store === undefined ? memoryStore() : undefined;
  const observability = createObservability({
    serviceName: 'test',
    // The memory store has no partitions, and a test wants no rows to go.
    housekeeping: false,
    // Nor rows that it has not made.
    ingest: { metrics: false },
    runtimeMetrics: false,
    ...options,
    // The memory store does not know what rules read; a store of yours does.
    alerts: memory === undefined ? options.alerts : { ...options.alerts, evaluate: false },
    store: options.store ?? memory,
  });
  // Without waiting: with a store nothing can go wrong here, and spans are recorded from now on.
  void observability.start();
  return new Recorder(observability, memory);
}

class Recorder implements TestObservability {
  readonly observability: Observability;
  readonly workflows: WorkflowStateTracker;
  readonly alerts: AlertManager;
  readonly #memory: MemoryStore | undefined;
  readonly #sinceMs: number;
  /** The rows of a database that were there at the last reset. */
  #forgotten: ReadonlySet<string> = new Set();

  constructor(observability: Observability, memory: MemoryStore | undefined) {
    this.observability = observability;
    this.workflows = observability.workflows;
    this.alerts = observability.alerts;
    this.#memory = memory;
    // A database of yours may hold rows of earlier runs. Whole milliseconds: OpenTelemetry cuts the start of a span to them.
    this.#sinceMs = memory === undefined ? Date.now() : 0;
  }

  async spans(filter: SpanFilter = {}): Promise<RecordedSpan[]> {
    const rows = await this.#read<RecordedSpanRow>(selectRecordedSpans);
    return rows.map(rowToRecordedSpan).filter((span) => matchesSpan(span, filter));
  }

  async metrics(name?: string): Promise<MetricPoint[]> {
    const points = (await this.#read<PointRow>(selectRecordedMetrics)).map(pointRowToMetricPoint);
    return points.filter((point) => name === undefined || point.name === name);
  }

  async reset(): Promise<void> {
    const rows = [...(await this.#read(selectRecordedSpans)), ...(await this.#read(selectRecordedMetrics))];
    if (this.#memory === undefined) {
      this.#forgotten = new Set([...this.#forgotten, ...rows.map(({ row_id: id }) => String(id))]);
    }
    this.#memory?.clear();
  }

  async shutdown(): Promise<void> {
    await this.observability.shutdown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** A client has its answer, and the sender of a message goes on, before the span has ended. */
  async #settle(): Promise<void> {
    const { http, tracing } = this.observability;
    await Promise.all([http.untilIdle(IDLE_TIMEOUT_MS), tracing.operations.untilIdle(IDLE_TIMEOUT_MS)]);
    await this.observability.flush();
  }

  async #read<Row extends SqlRow>(text: string): Promise<Row[]> {
    await this.#settle();
    const { rows } = await untraced(() => this.observability.store.query<Row>(text, [this.#sinceMs]));
    return rows.filter(({ row_id: id }) => !this.#forgotten.has(String(id)));
  }
}
