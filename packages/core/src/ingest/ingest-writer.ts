import { ObservabilityError } from '../errors/observability-error.ts';
import { settlesWithin } from '../lifecycle/settles-within.ts';
import type { Log } from '../logging/log-once.ts';
import type { EncodedBatch, IngestSignal } from './encoded-batch.ts';
import { IngestCondition } from './ingest-condition.ts';
import type { IngestTrouble } from './ingest-condition.ts';
import { IngestCounts } from './ingest-counts.ts';
import type { IngestStats } from './ingest-stats.ts';
import { releaseRows } from './row-buffer.ts';
import { describeFirstRow } from './split-batch.ts';
import { SpoolMover } from './spool-mover.ts';
import type { SpoolSource } from './spool-mover.ts';
import { UnsettledBatches } from './unsettled-batches.ts';
import type { BatchListener } from './unsettled-batches.ts';
import { WaitingBatches } from './waiting-batches.ts';
import type { WaitingBatch } from './waiting-batches.ts';
import { writeWithRetry } from './write-with-retry.ts';

/** Options of {@link IngestWriter}. */
export interface IngestWriterOptions {
  /** Writes one batch. Rejects with the driver's error; never stores a batch twice under one ID. */
  write(batch: EncodedBatch): Promise<unknown>;
  log: Log;
  /** Bytes of batches kept in memory at most. Default 64 MiB. */
  maxQueuedBytes?: number | undefined;
  /** Where batches wait for a database that is away. Default: only in memory. */
  spool?: SpoolSource | undefined;
  /** Milliseconds after which a batch that is not stored goes to disk. Default 350: with the time a span waits to be cut, and that until the next look, a killed process loses less than a second. */
  spoolAfterMs?: number | undefined;
  /** Told of each batch that was stored, and of the milliseconds that took. */
  onStored?: ((signal: IngestSignal, durationMs: number) => void) | undefined;
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  now?: (() => number) | undefined;
}

const LAST_ATTEMPT_MS = 1_000;
// A process that was killed just now may not be gone yet; one of another container is an orphan after a minute.
const ADOPT_DELAYS_MS: readonly number[] = [1_000, 4_000, 15_000, 45_000, 60_000];
const MIB = 1_048_576;

/**
 * The one writer of an instance: takes encoded batches of all signals and stores them in order, one at a time, exactly once.
 * While the database does not take them they go to disk, and come from there in order; what fits neither is dropped with a
 * count.
 */
export class IngestWriter {
  readonly #options: IngestWriterOptions;
  readonly #waiting: WaitingBatches;
  readonly #mover: SpoolMover;
  readonly #unsettled = new UnsettledBatches();
  readonly #condition: IngestCondition;
  readonly #counts: Readonly<Record<IngestSignal, IngestCounts>> = {
    spans: new IngestCounts(),
    metrics: new IngestCounts(),
  };
  #inFlight: WaitingBatch | undefined;
  #writing: Promise<void> | undefined;
  #wakeRetry: (() => void) | undefined;
  #adopting: NodeJS.Timeout | undefined;
  #failedAttempts = 0;
  #lastError: string | undefined;
  #stopped = false;

  constructor(options: IngestWriterOptions) {
    this.#options = options;
    this.#condition = new IngestCondition(options.now ?? (() => performance.now()));
    this.#waiting = new WaitingBatches(options.maxQueuedBytes ?? 64 * MIB, (batch, rowCount, isGone) => {
      this.#lose(batch, 'queue_full', rowCount);
      if (isGone) {
        this.#unsettled.settle(batch.batchId);
      }
    });
    this.#mover = new SpoolMover({
      spool: options.spool,
      spoolAfterMs: options.spoolAfterMs ?? 350,
      log: options.log,
      isInTrouble: () => this.#failedAttempts > 0,
      nextBatch: (isDue) =>
        this.#inFlight !== undefined && isDue(this.#inFlight) ? this.#inFlight : this.#waiting.find(isDue),
      onMoved: (waiting) => this.#waiting.remove(waiting),
    });
  }

  /** True while the database does not take batches. */
  get isInTrouble(): boolean {
    return this.#failedAttempts > 0;
  }

  /** True when an earlier process of this service may have left something on disk. */
  get mayHaveOrphans(): boolean {
    return this.#options.spool?.mayHaveOrphans() === true;
  }

  /** Rows of a signal in memory. */
  queuedRows(signal: IngestSignal): number {
    const inFlight = this.#inFlight;
    const writing = inFlight?.batch.signal === signal && !inFlight.isSpooled ? inFlight.batch.rowCount : 0;
    return this.#waiting.rowCount(signal) + writing;
  }

  /**
   * Takes a batch over.
   * @param importantRowCount rows at its start that are kept longest when something has to go
   * @param listener told what becomes of it
   */
  add(batch: EncodedBatch, importantRowCount: number = batch.rowCount, listener?: BatchListener): void {
    this.#unsettled.add(batch.batchId, batch.rowCount, listener);
    if (this.#stopped) {
      this.#lose(batch, 'shutdown', batch.rowCount);
      this.#unsettled.settle(batch.batchId);
      return;
    }
    this.#waiting.push({ batch, importantRowCount, attempted: false, onDisk: false });
    this.#mover.schedule();
    this.#run();
  }

  /** Drops ordinary rows of the oldest waiting batch, for one that is kept longer; false when there are none. */
  makeRoom(signal: IngestSignal): boolean {
    return this.#waiting.trim(signal);
  }

  /** Counts as dropped what was refused before it came here, or lost on disk. */
  countDropped(signal: IngestSignal, reason: string, rowCount: number): void {
    this.#counts[signal].drop(reason, rowCount);
    this.#condition.noteDropped(signal, reason, rowCount);
  }

  /** Stores what earlier processes of this service have left on disk, now and whenever one of them ends. */
  start(): void {
    if (this.#options.spool !== undefined && this.#adopting === undefined && !this.#stopped) {
      this.#adoptAgain(0);
      void this.adoptOrphans();
    }
  }

  /** Takes over what processes of this service have left on disk that are gone, and stores it. */
  async adoptOrphans(): Promise<void> {
    if ((await this.#mover.adoptOrphans()) > 0 && !this.#stopped) {
      this.#run();
    }
  }

  /** Resolves when everything added before is stored or counted; rejects with `STORE_UNAVAILABLE` in time. */
  async flush(timeoutMs: number): Promise<void> {
    this.#wakeRetry?.();
    this.#run();
    if (await this.#unsettled.untilSettled(timeoutMs)) {
      return;
    }
    const why = this.#lastError === undefined ? '' : ` The last failure was: ${this.#lastError}.`;
    throw new ObservabilityError(
      'STORE_UNAVAILABLE',
      `${this.#unsettled.rowCount} rows were not stored within ${timeoutMs} ms.${why} They stay queued.`,
    );
  }

  /** Flushes within the time, leaves the rest on disk for the next process or drops it with a count, and stops. Never rejects. */
  async shutdown(timeoutMs: number): Promise<void> {
    await this.flush(timeoutMs).catch(() => undefined);
    this.#stopped = true;
    clearTimeout(this.#adopting);
    this.#wakeRetry?.();
    // The batch in flight has one last attempt; its outcome belongs into the counts.
    const isDone = await settlesWithin(this.#writing, LAST_ATTEMPT_MS);
    await this.#mover.moveAll();
    for (let left = this.#waiting.shift(); left !== undefined; left = this.#waiting.shift()) {
      this.#lose(left.batch, 'shutdown', left.batch.rowCount);
    }
    if (!isDone && this.#inFlight?.onDisk === false) {
      this.#lose(this.#inFlight.batch, 'shutdown', this.#inFlight.batch.rowCount);
    }
    this.#unsettled.settleAll();
    await this.#mover.close();
  }

  stats(signal: IngestSignal): IngestStats {
    const spooled = this.#mover.stats().rows[signal];
    return this.#counts[signal].toStats({ queued: this.queuedRows(signal), spooled });
  }

  /** What is wrong at the moment. */
  trouble(): IngestTrouble {
    return this.#condition.trouble(
      this.#mover.stats().rows,
      this.#failedAttempts > 0 ? this.#lastError : undefined,
    );
  }

  #adoptAgain(round: number): void {
    const delayMs = ADOPT_DELAYS_MS[Math.min(round, ADOPT_DELAYS_MS.length - 1)];
    this.#adopting = setTimeout(() => {
      this.#adoptAgain(round + 1);
      void this.adoptOrphans();
    }, delayMs).unref();
  }

  #run(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      // A batch may have come, or gone to disk, after the last look and before this line.
      if (!this.#stopped && (this.#mover.isReadable || this.#waiting.find(() => true) !== undefined)) {
        this.#run();
      }
    });
  }

  async #writeAll(): Promise<void> {
    while (!this.#stopped) {
      const next = await this.#next();
      if (next === undefined) {
        return;
      }
      this.#inFlight = next;
      next.attempted = true;
      this.#condition.noteProgress();
      await this.#write(next);
      this.#condition.noteIdle();
      this.#inFlight = undefined;
    }
  }

  /** The oldest batch: what is on disk is older than what is in memory. */
  async #next(): Promise<WaitingBatch | undefined> {
    const batch = await this.#mover.first();
    return batch === undefined
      ? this.#waiting.shift()
      : { batch, importantRowCount: batch.rowCount, attempted: true, onDisk: true, isSpooled: true };
  }

  async #write(waiting: WaitingBatch): Promise<void> {
    const counts = this.#counts[waiting.batch.signal];
    let startedAt = 0;
    await writeWithRetry(waiting.batch, {
      write: (batch) => {
        startedAt = performance.now();
        return this.#options.write(batch);
      },
      mayRetry: () => !this.#stopped,
      pause: (delayMs) => this.#pause(delayMs),
      onFailure: (error, willRetry) => {
        counts.failed(error, willRetry);
        this.#lastError = counts.lastError;
        if (willRetry) {
          this.#noteTrouble();
        }
      },
      onSplit: (batch, halves) => this.#onDisk(waiting, () => this.#mover.split(batch.batchId, halves)),
      onStored: async (batch) => {
        this.#noteStored(batch, performance.now() - startedAt);
        await this.#onDisk(waiting, () => this.#mover.remove(batch.batchId));
      },
      onGivenUp: async (batch, reason, error) => {
        if (reason !== 'gave_up') {
          this.#lose(batch, reason, batch.rowCount, `${describeFirstRow(batch)}: ${String(error)}`);
          await this.#onDisk(waiting, () => this.#mover.remove(batch.batchId));
        } else if (!waiting.onDisk) {
          this.#waiting.unshift({ ...waiting, batch, importantRowCount: batch.rowCount });
        }
      },
    });
    if (!this.#stopped) {
      await this.#onDisk(waiting, () => this.#mover.remove(waiting.batch.batchId));
      this.#unsettled.settle(waiting.batch.batchId);
      if (!waiting.onDisk) {
        releaseRows(waiting.batch.rows);
      }
    }
  }

  #noteStored(batch: EncodedBatch, durationMs: number): void {
    const { signal, rowCount, rows } = batch;
    this.#counts[signal].stored(rowCount, rows.length, durationMs);
    this.#unsettled.listenerOf(batch)?.stored(rowCount);
    this.#options.onStored?.(signal, durationMs);
    this.#condition.noteProgress();
    this.#endTrouble();
  }

  async #onDisk(waiting: WaitingBatch, work: () => Promise<void>): Promise<void> {
    if (waiting.onDisk) {
      await work();
    }
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

  #noteTrouble(): void {
    this.#failedAttempts += 1;
    if (this.#failedAttempts === 1) {
      const where = this.#options.spool === undefined ? 'in memory' : 'in memory and on disk';
      this.#options.log.warn(
        `Cannot store telemetry: ${this.#lastError}. It is kept ${where} and stored when the database is back.`,
      );
    }
    this.#mover.schedule();
  }

  #endTrouble(): void {
    if (this.#failedAttempts > 0) {
      this.#options.log.info(`Storing telemetry again, after ${this.#failedAttempts} failed attempts.`);
    }
    this.#failedAttempts = 0;
  }

  #lose(batch: EncodedBatch, reason: string, rowCount: number, what = ''): void {
    const { signal } = batch;
    this.#unsettled.listenerOf(batch)?.lost(reason, rowCount);
    this.countDropped(signal, reason, rowCount);
    this.#options.log.warnOnce(
      `dropped-${signal}-${reason}`,
      `Dropped ${rowCount} ${signal} (${reason})${what === '' ? '' : `: ${what}`}. Further ones are only counted.`,
    );
  }
}
