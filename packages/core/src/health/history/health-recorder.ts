import { ObservabilityError } from '../../errors/observability-error.ts';
import { retryDelayMs } from '../../ingest/retry-delay.ts';
import { settlesWithin } from '../../lifecycle/settles-within.ts';
import type { Log } from '../../logging/log-once.ts';
import { isDataError, isTransient } from '../../storage/sql-state.ts';
import { upsertHealthTransitions } from './health-history.sql.ts';
import type { HealthTransition, TransitionSink } from './health-journal.ts';
import { rowsToJson, TransitionRows } from './transition-rows.ts';
import type { TransitionRow } from './transition-rows.ts';

/** What {@link HealthRecorder} needs. */
export interface HealthRecorderOptions {
  /** Runs a statement: makes sure of the tables, gives up in time, rejects with an error. */
  query(text: string, values: readonly unknown[]): Promise<unknown>;
  /** True when there is no store to write to; what comes is then dropped. */
  isOff(): boolean;
  readonly serviceName: string;
  /** The process, for people. */
  readonly instanceId: string;
  readonly log: Log;
  /** Transitions that wait in memory at most. */
  readonly maxQueued: number;
  /** Milliseconds between two times of writing down that nothing has changed. */
  readonly seenIntervalMs: number;
}

/** What `stats().health.history` tells. */
export interface HealthHistoryStats {
  /** Transitions that were stored. */
  stored: number;
  /** Transitions that wait for the database. */
  queued: number;
  /** Transitions that were given up: more than may wait, refused, or left at the end. */
  dropped: number;
  /** Why the last attempt failed; null when it did not. */
  lastError: string | null;
}

const BATCH_ROWS = 200;
// A right that is missing is not granted within seconds.
const REFUSED_DELAY_MS = 60_000;

/**
 * Stores transitions in order, each once, behind the back of the probes. What the database does not take waits in memory; when
 * that is full the oldest goes.
 */
export class HealthRecorder implements TransitionSink {
  readonly #options: HealthRecorderOptions;
  readonly #rows: TransitionRows;
  #stored = 0;
  #dropped = 0;
  #lastError: string | null = null;
  #failedAttempts = 0;
  #hasToldOfTrouble = false;
  #batchRows = BATCH_ROWS;
  #writtenSeenMs: number | undefined;
  #isSeenDue = false;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: HealthRecorderOptions) {
    this.#options = options;
    this.#rows = new TransitionRows(options.maxQueued);
  }

  add(transition: HealthTransition): void {
    if (this.#isStopped || this.#options.isOff()) {
      this.#dropped += 1;
      return;
    }
    this.#writtenSeenMs ??= transition.atMs;
    this.#dropped += this.#rows.add(transition);
    this.#schedule(0);
  }

  seen(check: string, atMs: number): void {
    this.#rows.seen(check, atMs);
    if (this.#writtenSeenMs !== undefined && atMs - this.#writtenSeenMs >= this.#options.seenIntervalMs) {
      this.#writtenSeenMs = atMs;
      this.#isSeenDue = true;
      this.#schedule(0);
    }
  }

  stats(): HealthHistoryStats {
    return {
      stored: this.#stored,
      queued: this.#rows.waiting,
      dropped: this.#dropped,
      lastError: this.#lastError,
    };
  }

  /**
   * Resolves when everything seen before is stored.
   * @throws `STORE_UNAVAILABLE` after the time; it stays queued
   */
  async flush(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    const isLeft = this.#rows.untilNow();
    while (isLeft()) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) {
        throw new ObservabilityError(
          'STORE_UNAVAILABLE',
          `Changes of health were not stored within ${timeoutMs} ms. The last failure was: ${this.#lastError ?? 'none'}. They stay queued.`,
        );
      }
      this.#isSeenDue = true;
      await settlesWithin(this.#run(), leftMs);
      if (isLeft() && this.#failedAttempts > 0) {
        const pauseMs = Math.min(retryDelayMs(this.#failedAttempts), deadline - performance.now());
        await settlesWithin(new Promise(() => undefined), pauseMs);
      }
    }
  }

  /** Flushes within the time, drops the rest with a count, and stops. Never rejects. */
  async shutdown(timeoutMs: number): Promise<void> {
    if (!this.#isStopped) {
      await this.flush(timeoutMs).catch(() => undefined);
      this.#isStopped = true;
      clearTimeout(this.#timer);
      this.#dropped += this.#rows.drop(this.#rows.take(Infinity, true));
    }
  }

  #schedule(delayMs: number): void {
    if (this.#timer === undefined && this.#writing === undefined && !this.#isStopped) {
      this.#timer = setTimeout(() => void this.#run(), delayMs).unref();
    }
  }

  #run(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing ??= this.#writeAll().then((delayMs) => {
      this.#writing = undefined;
      // A transition may have come after the last look and before this line.
      if (delayMs !== undefined || this.#rows.take(1, this.#isSeenDue).length > 0) {
        this.#schedule(delayMs ?? 0);
      }
    });
    return this.#writing;
  }

  /** @returns milliseconds until the next attempt; undefined when all is written */
  async #writeAll(): Promise<number | undefined> {
    while (!this.#isStopped) {
      const rows = this.#rows.take(this.#batchRows, this.#isSeenDue);
      if (rows.length === 0) {
        this.#isSeenDue = false;
        return undefined;
      }
      if (this.#options.isOff()) {
        this.#dropped += this.#rows.drop(rows);
        continue;
      }
      try {
        await this.#write(rows);
      } catch (error) {
        const delayMs = this.#noteFailure(rows, error);
        if (delayMs > 0) {
          return delayMs;
        }
      }
    }
    return undefined;
  }

  async #write(rows: readonly TransitionRow[]): Promise<void> {
    const { query, serviceName, instanceId } = this.#options;
    const written = new Map(rows.map((row) => [row, row.lastSeenMs]));
    const added = rows.filter((row) => row.storedSeenMs === undefined).length;
    await query(upsertHealthTransitions, [serviceName, instanceId, rowsToJson(rows)]);
    this.#rows.settle(written);
    this.#stored += added;
    this.#lastError = null;
    this.#failedAttempts = 0;
    this.#batchRows = BATCH_ROWS;
    if (this.#hasToldOfTrouble) {
      this.#hasToldOfTrouble = false;
      this.#options.log.info('Storing changes of health again.');
    }
  }

  /** @returns milliseconds to wait */
  #noteFailure(rows: readonly TransitionRow[], error: unknown): number {
    this.#lastError = error instanceof Error ? error.message : String(error);
    if (isDataError(error)) {
      // One by one, so that only the row that cannot be stored is lost.
      this.#dropped += rows.length === 1 ? this.#rows.drop(rows) : 0;
      this.#batchRows = 1;
      return 0;
    }
    this.#failedAttempts += 1;
    if (isTransient(error)) {
      return retryDelayMs(this.#failedAttempts);
    }
    // A database that is away is told of by telemetry, and by the readiness itself.
    if (!this.#hasToldOfTrouble) {
      this.#hasToldOfTrouble = true;
      this.#options.log.warn(`Changes of health are not stored: ${this.#lastError} They are kept in memory.`);
    }
    return REFUSED_DELAY_MS;
  }
}
