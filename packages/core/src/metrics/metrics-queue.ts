import type { IngestStats } from '../ingest/ingest-stats.ts';
import { METRIC_COLUMNS } from '../ingest/ingest-columns.ts';
import type { IngestWriter } from '../ingest/ingest-writer.ts';
import { randomTraceId } from '../propagation/correlation-id-format.ts';
import { MetricEncoder } from './metric-encoder.ts';
import type { MetricRow } from './metric-row.ts';

// A histogram over nine decades is 8 kB of text; 500 of them are encoded in a few milliseconds.
const MAX_BATCH_POINTS = 500;
// What is recorded as it is waits no longer than this, however long the window.
const MAX_WAIT_MS = 500;
const MINUTE_MS = 60_000;

/** Options of {@link MetricsQueue}. */
export interface MetricsQueueOptions {
  /** Points kept in memory at most. */
  maxQueuedPoints: number;
  /** Milliseconds a point waits at most before it is written. */
  flushIntervalMs: number;
}

/** Encodes points as they come and hands them to the writer in batches. */
export class MetricsQueue {
  readonly #writer: IngestWriter;
  readonly #options: MetricsQueueOptions;
  readonly #encoder = new MetricEncoder();
  readonly #minutes = new Set<number>();
  #rows: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(writer: IngestWriter, options: MetricsQueueOptions) {
    this.#writer = writer;
    this.#options = options;
  }

  /** Takes a point. False when it was dropped because there is no room. */
  push(row: MetricRow): boolean {
    if (this.#stopped || this.#queued() >= this.#options.maxQueuedPoints) {
      this.#writer.countDropped('metrics', this.#stopped ? 'shutdown' : 'queue_full', 1);
      return false;
    }
    this.#rows.push(this.#encoder.encode(row));
    this.#minutes.add(Math.floor(row.recorded_at / MINUTE_MS));
    if (this.#rows.length >= MAX_BATCH_POINTS) {
      this.#cut();
    } else {
      const delayMs = Math.min(this.#options.flushIntervalMs, MAX_WAIT_MS);
      this.#timer ??= setTimeout(() => this.#cut(), delayMs).unref();
    }
    return true;
  }

  /** Resolves when everything pushed before is stored or counted; rejects with `STORE_UNAVAILABLE` in time. */
  flush(timeoutMs: number): Promise<void> {
    this.#cut();
    return this.#writer.flush(timeoutMs);
  }

  /** Hands over what is left and takes nothing any more. */
  stop(): void {
    this.#cut();
    this.#stopped = true;
  }

  stats(): IngestStats {
    return { ...this.#writer.stats('metrics'), queued: this.#queued() };
  }

  #queued(): number {
    return this.#rows.length + this.#writer.queuedRows('metrics');
  }

  #cut(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#rows.length === 0) {
      return;
    }
    this.#writer.add({
      batchId: randomTraceId(),
      signal: 'metrics',
      columns: METRIC_COLUMNS,
      rowCount: this.#rows.length,
      partitionTimes: [...this.#minutes].map((minute) => minute * MINUTE_MS),
      origins: { resources: [], scopes: [] },
      cutAtMs: Date.now(),
      rows: Buffer.from(this.#rows.join('')),
    });
    this.#rows = [];
    this.#minutes.clear();
  }
}
