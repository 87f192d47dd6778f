import type { IngestStats } from '../ingest/ingest-stats.ts';
import type { IngestWriter } from '../ingest/ingest-writer.ts';
import { MetricBatchBuilder } from './metric-batch-builder.ts';
import type { MetricRow } from './metric-row.ts';

// What is recorded as it is waits no longer than this, however long the window.
const MAX_WAIT_MS = 500;

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
  readonly #builder = new MetricBatchBuilder();
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
    this.#builder.add(row);
    if (this.#builder.isFull) {
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
    return this.#builder.rowCount + this.#writer.queuedRows('metrics');
  }

  #cut(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#builder.cut();
    if (batch !== undefined) {
      this.#writer.add(batch);
    }
  }
}
