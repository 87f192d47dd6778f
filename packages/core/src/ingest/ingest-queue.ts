import { ObservabilityError } from '../errors/observability-error.ts';
import type { Log } from '../logging/log-once.ts';
import { randomTraceId } from '../propagation/correlation-id-format.ts';
import { redactText } from '../sanitize/redact.ts';
import type { IngestStats } from './ingest-stats.ts';
import { writeWithRetry } from './write-with-retry.ts';
import type { IngestBatch, WriteControl } from './write-with-retry.ts';

export type { IngestBatch } from './write-with-retry.ts';

/** Options of {@link createIngestQueue}. */
export interface IngestQueueOptions<Item> {
  /** What is queued, for log lines: `spans`, `metrics`. */
  name: string;
  /** Writes one batch. Rejects with the driver's error; never writes a batch twice under one ID. */
  write(batch: IngestBatch<Item>): Promise<void>;
  /** Items kept in memory at most, the batch that is being written included. */
  maxQueuedItems: number;
  /** Items of one batch at most. */
  maxBatchItems: number;
  /** Milliseconds an item waits at most before it is written. */
  flushIntervalMs: number;
  log: Log;
  /** Told of every drop. */
  onDropped?(reason: string, count: number): void;
}

/** A bounded queue with one writer. */
export interface IngestQueue<Item> {
  /** Takes an item. False when it was dropped because the queue is full. */
  push(item: Item): boolean;
  /** Resolves when everything pushed before is written or counted as dropped; rejects with `STORE_UNAVAILABLE` in time. */
  flush(timeoutMs?: number): Promise<void>;
  /** Flushes within the time, drops with a count what is left, and stops for good. */
  shutdown(timeoutMs?: number): Promise<void>;
  /** Counts as dropped what the owner refused before it came here. */
  countDropped(reason: string, count: number): void;
  stats(): IngestStats;
}

/** Makes an {@link IngestQueue}. */
export function createIngestQueue<Item>(options: IngestQueueOptions<Item>): IngestQueue<Item> {
  return new BoundedIngestQueue(options);
}

const LAST_ATTEMPT_MS = 1_000;

interface Waiter {
  /** Number of items that must be settled. */
  watermark: number;
  settle(): void;
}

class BoundedIngestQueue<Item> implements IngestQueue<Item> {
  readonly #options: IngestQueueOptions<Item>;
  #items: Item[] = [];
  #writing = 0;
  #accepted = 0;
  #settled = 0;
  #stored = 0;
  #retried = 0;
  #failedAttempts = 0;
  #lastError: string | undefined;
  #inTrouble = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #draining: Promise<void> | undefined;
  #wakeRetry: (() => void) | undefined;
  readonly #dropped: Record<string, number> = {};
  readonly #waiters = new Set<Waiter>();

  constructor(options: IngestQueueOptions<Item>) {
    this.#options = options;
  }

  push(item: Item): boolean {
    if (this.#stopped || this.#items.length + this.#writing >= this.#options.maxQueuedItems) {
      this.countDropped(this.#stopped ? 'shutdown' : 'queue_full', 1);
      return false;
    }
    this.#items.push(item);
    this.#accepted += 1;
    if (this.#items.length >= this.#options.maxBatchItems) {
      this.#drain();
    } else {
      this.#timer ??= setTimeout(() => this.#drain(), this.#options.flushIntervalMs).unref();
    }
    return true;
  }

  async flush(timeoutMs = 10_000): Promise<void> {
    if (this.#settled >= this.#accepted) {
      return;
    }
    this.#drain();
    this.#wakeRetry?.();
    await this.#untilSettled(this.#accepted, timeoutMs);
  }

  async shutdown(timeoutMs = 5_000): Promise<void> {
    try {
      await this.flush(timeoutMs);
    } catch {
      // What could not be written in time is dropped and counted below.
    }
    this.#stopped = true;
    clearTimeout(this.#timer);
    const left = this.#items.splice(0).length;
    if (left > 0) {
      this.#settle(left);
      this.countDropped('shutdown', left);
    }
    this.#wakeRetry?.();
    // The batch in flight has one last attempt; its outcome belongs into the counts.
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise((resolve) => {
      timer = setTimeout(resolve, LAST_ATTEMPT_MS).unref();
    });
    await Promise.race([this.#draining, timeout]);
    clearTimeout(timer);
  }

  countDropped(reason: string, count: number): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + count;
    this.#options.onDropped?.(reason, count);
  }

  stats(): IngestStats {
    return {
      queued: this.#items.length + this.#writing,
      stored: this.#stored,
      dropped: { ...this.#dropped },
      retried: this.#retried,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  #drain(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#draining ??= this.#writeAll().finally(() => {
      this.#draining = undefined;
      if (this.#waiters.size > 0 && this.#items.length > 0) {
        // A flush came after the last item was written and before this line; it must not wait for the interval.
        this.#drain();
      } else if (this.#items.length > 0 && !this.#stopped) {
        this.#timer ??= setTimeout(() => this.#drain(), this.#options.flushIntervalMs).unref();
      }
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#items.length > 0) {
      const items = this.#items.splice(0, this.#options.maxBatchItems);
      this.#writing = items.length;
      await writeWithRetry({ batchId: randomTraceId(), items }, this.#control());
      this.#writing = 0;
    }
  }

  #control(): WriteControl<Item> {
    return {
      write: (batch) => this.#options.write(batch),
      mayRetry: () => !this.#stopped,
      pause: (delayMs) => this.#pause(delayMs),
      onFailure: (error, willRetry) => this.#noteFailure(error, willRetry),
      onStored: (count) => {
        this.#stored += count;
        this.#settle(count);
        this.#endTrouble();
      },
      onDropped: (reason, count) => {
        this.countDropped(reason, count);
        this.#settle(count);
        this.#options.log.warnOnce(
          `dropped-${reason}`,
          `Dropped ${count} ${this.#options.name} (${reason}): ${this.#lastError}. Further ones are only counted.`,
        );
      },
    };
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs).unref();
      this.#wakeRetry = () => {
        clearTimeout(timer);
        resolve();
      };
    }).then(() => {
      this.#wakeRetry = undefined;
    });
  }

  #noteFailure(error: unknown, willRetry: boolean): void {
    this.#lastError = redactText(error instanceof Error ? error.message : String(error))
      .slice(0, 500)
      .replace(/\.$/, '');
    if (!willRetry) {
      return;
    }
    this.#retried += 1;
    this.#failedAttempts += 1;
    if (!this.#inTrouble) {
      this.#inTrouble = true;
      this.#options.log.warn(
        `Cannot store ${this.#options.name}: ${this.#lastError}. Up to ${this.#options.maxQueuedItems} are kept in memory and stored when the database is back.`,
      );
    }
  }

  #endTrouble(): void {
    if (this.#inTrouble) {
      this.#inTrouble = false;
      this.#options.log.info(
        `Storing ${this.#options.name} again, after ${this.#failedAttempts} failed attempts.`,
      );
    }
    this.#failedAttempts = 0;
  }

  #settle(count: number): void {
    this.#settled += count;
    for (const waiter of this.#waiters) {
      if (this.#settled >= waiter.watermark) {
        this.#waiters.delete(waiter);
        waiter.settle();
      }
    }
  }

  #untilSettled(watermark: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        const left = watermark - this.#settled;
        const why = this.#lastError === undefined ? '' : ` The last failure was: ${this.#lastError}.`;
        reject(
          new ObservabilityError(
            'STORE_UNAVAILABLE',
            `${left} ${this.#options.name} were not stored within ${timeoutMs} ms.${why} They stay queued.`,
          ),
        );
      }, timeoutMs);
      const waiter: Waiter = {
        watermark,
        settle: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.#waiters.add(waiter);
    });
  }
}
