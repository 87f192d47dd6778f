import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { insertIngestBatch } from '../ingest/ingest-batch.sql.ts';
import { isError } from '../errors/is-error.ts';
import { retryDelayMs } from '../ingest/retry-delay.ts';
import { isRepeatable } from '../ingest/write-with-retry.ts';
import type { Log } from '../logging/log-once.ts';
import { settlesWithin } from '../lifecycle/settles-within.ts';
import type { Redact } from '../sanitize/redact.ts';
import { createStoreAccess } from '../storage/store-access.ts';
import type { StoreAccess, StoreAccessOptions } from '../storage/store-access.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import { upsertErrorGroups } from './error-groups.sql.ts';
import { exceptionToOccurrence } from './error-occurrence.ts';
import { ErrorWindow } from './error-window.ts';
import type { CountedError } from './error-window.ts';
import type { RecordedException } from './recorded-exception.ts';
import { RepeatFilter } from './repeat-filter.ts';

/** Options of {@link ErrorRecorder}. */
export interface ErrorRecorderOptions extends StoreAccessOptions {
  redact: Redact;
  log: Log;
  /** Name of the service, where a span does not say. */
  serviceName: () => string;
  /** Milliseconds between two flushes. Default 5,000. */
  flushIntervalMs?: number | undefined;
  /** Groups between two flushes at most; the rest is one. Default 1,000. */
  maxGroups?: number | undefined;
  /** Folder of the application, which paths are relative to. Default: the current one. */
  folder?: string | undefined;
}

/** What has become of the errors this process has recorded. */
export interface ErrorRecorderStats {
  /** Errors that wait to be counted or stored. */
  queued: number;
  /** Errors that are counted in their groups. */
  stored: number;
  /** Errors that are not: the process ended without a database, or the database refused them. */
  dropped: number;
  /** Why the last flush failed; null when it did not. */
  lastError: string | null;
}

/** What is stored together, under an ID that stays the same however often it is tried. */
interface Batch {
  readonly id: string;
  readonly window: ErrorWindow;
}

const FLUSH_INTERVAL_MS = 5_000;
const MAX_GROUPS = 1_000;
// Errors that are not looked at yet; beyond them only the number is kept.
const MAX_PENDING = 10_000;
// Off the request, and with the application's own work in between.
const SLICE_MS = 2;

/**
 * Counts the errors of a process by group and adds the counts to the database with each flush. Nothing is done where nothing fails; a
 * failure costs the request an entry in a list.
 *
 * Exactly once: the counts of a flush and the ID of their batch are stored in one transaction, so that a repeat after an unknown commit
 * adds nothing. While the database is away one batch waits unchanged, and what comes in is counted in the next, which is as bounded as
 * the first. What a killed process has counted since its last flush is lost.
 */
export class ErrorRecorder {
  readonly #options: ErrorRecorderOptions;
  readonly #access: StoreAccess;
  readonly #repeats = new RepeatFilter();
  readonly #maxGroups: number;
  readonly #folder: string;
  #pending: RecordedException[] = [];
  #unseen = 0;
  #window: ErrorWindow;
  #batch: Batch | undefined;
  #slice: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #storing: Promise<void> | undefined;
  #failedAttempts = 0;
  #isStopped = false;
  #stored = 0;
  #dropped = 0;
  #lastError: string | null = null;

  constructor(store: SqlStore, options: ErrorRecorderOptions) {
    this.#options = options;
    this.#access = createStoreAccess(store, options);
    this.#maxGroups = options.maxGroups ?? MAX_GROUPS;
    this.#folder = options.folder ?? process.cwd();
    this.#window = new ErrorWindow(this.#maxGroups);
  }

  /** Takes an exception over. Never throws, and never waits. */
  readonly note = (exception: RecordedException): void => {
    if (this.#isStopped) {
      this.#dropped += 1;
      return;
    }
    if (this.#pending.length >= MAX_PENDING) {
      this.#unseen += 1;
      return;
    }
    this.#pending.push(exception);
    this.#slice ??= setImmediate(() => this.#countSlice());
  };

  /** Resolves true when everything noted before is stored, false when it is not within the time. Never rejects. */
  async flush(timeoutMs: number): Promise<boolean> {
    this.#countAll();
    const deadline = performance.now() + timeoutMs;
    while (this.#hasCounts) {
      const failedBefore = this.#failedAttempts;
      await settlesWithin(this.#store(), deadline - performance.now());
      const leftMs = deadline - performance.now();
      if (this.#hasCounts && leftMs <= 0) {
        return false;
      }
      if (this.#failedAttempts > failedBefore) {
        await pause(Math.min(leftMs, retryDelayMs(failedBefore)));
      }
    }
    return true;
  }

  /** Flushes within the time, and stops; what is left is counted as dropped. Never rejects. */
  async shutdown(timeoutMs: number): Promise<void> {
    await this.flush(timeoutMs);
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#dropped += this.#waiting();
    this.#batch = undefined;
    this.#window = new ErrorWindow(this.#maxGroups);
    this.#pending = [];
    this.#unseen = 0;
  }

  stats(): ErrorRecorderStats {
    return {
      queued: this.#waiting(),
      stored: this.#stored,
      dropped: this.#dropped,
      lastError: this.#lastError,
    };
  }

  get #hasCounts(): boolean {
    return this.#batch !== undefined || this.#window.count > 0;
  }

  #waiting(): number {
    return this.#pending.length + this.#unseen + this.#window.count + (this.#batch?.window.count ?? 0);
  }

  #countSlice(): void {
    this.#slice = undefined;
    const end = performance.now() + SLICE_MS;
    let position = 0;
    while (position < this.#pending.length && (position % 8 !== 0 || performance.now() < end)) {
      this.#count(this.#pending[position]);
      position += 1;
    }
    this.#pending = this.#pending.slice(position);
    if (this.#pending.length > 0) {
      this.#slice = setImmediate(() => this.#countSlice());
      return;
    }
    this.#countUnseen();
    this.#storeLater(this.#options.flushIntervalMs ?? FLUSH_INTERVAL_MS);
  }

  #countAll(): void {
    clearImmediate(this.#slice);
    this.#slice = undefined;
    const pending = this.#pending;
    this.#pending = [];
    pending.forEach((exception) => this.#count(exception));
    this.#countUnseen();
  }

  #count(exception: RecordedException | undefined): void {
    if (exception === undefined) {
      return;
    }
    try {
      const context = {
        serviceName: this.#options.serviceName(),
        folder: this.#folder,
        redact: this.#options.redact,
      };
      const occurrence = exceptionToOccurrence(exception, context);
      if (!this.#repeats.isRepeat(occurrence.fingerprint, exception)) {
        this.#window.add(occurrence);
      }
    } catch {
      // Attributes of somebody else's making, with a getter that throws.
      this.#unseen += 1;
    }
  }

  #countUnseen(): void {
    if (this.#unseen > 0) {
      this.#window.addUnseen(this.#options.serviceName(), this.#unseen, Date.now());
      this.#unseen = 0;
    }
  }

  #storeLater(delayMs: number): void {
    if (this.#timer === undefined && !this.#isStopped) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        void this.#store();
      }, delayMs).unref();
    }
  }

  /** One attempt to store the batch that waits, or else what was counted. Joins one that goes on. Never rejects. */
  #store(): Promise<void> {
    this.#storing ??= this.#storeOnce().finally(() => {
      this.#storing = undefined;
      if (this.#hasCounts) {
        const { flushIntervalMs = FLUSH_INTERVAL_MS } = this.#options;
        this.#storeLater(Math.max(flushIntervalMs, retryDelayMs(this.#failedAttempts)));
      }
    });
    return this.#storing;
  }

  async #storeOnce(): Promise<void> {
    if (this.#batch === undefined) {
      if (this.#window.count === 0) {
        return;
      }
      this.#batch = { id: randomUUID(), window: this.#window };
      this.#window = new ErrorWindow(this.#maxGroups);
    }
    const batch = this.#batch;
    try {
      await this.#write(batch);
      this.#settle(batch, true);
    } catch (error) {
      this.#fail(batch, error);
    }
  }

  async #write({ id, window }: Batch): Promise<void> {
    const { groups } = window;
    await this.#access.transaction(async (sql) => {
      const claimed = await sql.query(insertIngestBatch, [id, 'errors', groups.length, null]);
      if (claimed.rowCount > 0) {
        await sql.query(upsertErrorGroups, [JSON.stringify(groups.map(toRow))]);
      }
    });
  }

  #settle(batch: Batch, isStored: boolean): void {
    // A shutdown may have counted it as dropped meanwhile.
    if (this.#batch !== batch) {
      return;
    }
    this.#batch = undefined;
    this.#failedAttempts = 0;
    if (isStored) {
      this.#stored += batch.window.count;
      this.#lastError = null;
    } else {
      this.#dropped += batch.window.count;
    }
  }

  #fail(batch: Batch, error: unknown): void {
    this.#lastError = error instanceof Error ? error.message : String(error);
    this.#failedAttempts += 1;
    if (!isRepeatable(isError(error) ? (error.cause ?? error) : error)) {
      this.#options.log.warnOnce(
        'errors-refused',
        `Errors are not counted, because the database refuses them: ${this.#lastError}. Further ones are only counted in stats().`,
      );
      this.#settle(batch, false);
    }
  }
}

function toRow(error: CountedError): Record<string, unknown> {
  return {
    fingerprint: error.fingerprint,
    service_name: error.serviceName,
    exception_type: error.exceptionType,
    message: error.message,
    culprit: error.culprit ?? null,
    first_seen_ms: error.firstSeenMs,
    last_seen_ms: error.lastSeenMs,
    count: error.count,
    last_trace_id: error.lastTraceId ?? null,
  };
}
