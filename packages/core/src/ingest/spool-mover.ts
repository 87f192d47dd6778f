import type { Log } from '../logging/log-once.ts';
import type { EncodedBatch, IngestSignal } from './encoded-batch.ts';
import { errorToLine } from './ingest-counts.ts';
import type { WaitingBatch } from './waiting-batches.ts';

/** What the writer needs of the spool on disk; see `spool/`. */
export interface BatchSpool {
  append(batch: EncodedBatch): Promise<'spooled' | 'full'>;
  first(): Promise<EncodedBatch | undefined>;
  remove(batchId: string): Promise<void>;
  split(batchId: string, halves: readonly EncodedBatch[]): Promise<void>;
  adoptOrphans(): Promise<number>;
  stats(): { batches: number; rows: Readonly<Record<IngestSignal, number>>; bytes: number };
  close(): Promise<void>;
}

/** How the spool is come by. */
export interface SpoolSource {
  /** True when an earlier process of this service may have left something. */
  mayHaveOrphans(): boolean;
  open(): Promise<BatchSpool>;
}

/** Options of {@link SpoolMover}. */
export interface SpoolMoverOptions {
  /** Absent keeps everything in memory. */
  spool: SpoolSource | undefined;
  spoolAfterMs: number;
  log: Log;
  /** The batch that should go to disk next, among those that `isDue`. */
  nextBatch(isDue: (waiting: WaitingBatch) => boolean): WaitingBatch | undefined;
  /** True while the database does not take batches; then they go to disk at once. */
  isInTrouble(): boolean;
  /** A batch is on disk and need not be in memory any more. */
  onMoved(waiting: WaitingBatch): void;
}

const RETRY_AFTER_MS = 5_000;
const NOTHING = { batches: 0, rows: { spans: 0, metrics: 0 }, bytes: 0 } as const;

/**
 * Brings batches to disk that the database does not take in time, and gets them back. Opens the spool at the first need, so a
 * service whose database is there leaves nothing on disk. One operation at a time. Nothing in here rejects: a disk that is
 * full or read-only is one warning, and the batches stay in memory.
 */
export class SpoolMover {
  readonly #options: SpoolMoverOptions;
  #spool: BatchSpool | undefined;
  #left: ReturnType<BatchSpool['stats']> = NOTHING;
  #turn: Promise<unknown> = Promise.resolve();
  #moving: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unusableUntil = 0;

  constructor(options: SpoolMoverOptions) {
    this.#options = options;
  }

  stats(): ReturnType<BatchSpool['stats']> {
    return this.#spool?.stats() ?? this.#left;
  }

  /** True when there is something on disk, and the disk did not fail just now. */
  get isReadable(): boolean {
    return this.stats().batches > 0 && Date.now() >= this.#unusableUntil;
  }

  /** Looks after batches that have just come in, or could not be written. */
  schedule(): void {
    if (this.#options.spool === undefined) {
      return;
    }
    if (this.#options.isInTrouble()) {
      void this.#move((waiting) => this.#isDue(waiting));
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#move((waiting) => this.#isDue(waiting)).then(() => {
        if (this.#options.nextBatch((waiting) => !waiting.onDisk) !== undefined) {
          this.schedule();
        }
      });
    }, this.#options.spoolAfterMs / 4).unref();
  }

  /** Brings everything to disk that is in memory. */
  async moveAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#unusableUntil = 0;
    await this.#moving;
    await this.#move(() => true);
  }

  /** The oldest batch on disk. */
  async first(): Promise<EncodedBatch | undefined> {
    if (this.stats().batches === 0) {
      return undefined;
    }
    return this.#inTurn(async (spool) => spool.first());
  }

  async remove(batchId: string): Promise<void> {
    await this.#inTurn((spool) => spool.remove(batchId));
  }

  async split(batchId: string, halves: readonly EncodedBatch[]): Promise<void> {
    await this.#inTurn((spool) => spool.split(batchId, halves));
  }

  /** Takes over what processes of this service have left that are gone; answers how many batches. */
  async adoptOrphans(): Promise<number> {
    if (this.#options.spool?.mayHaveOrphans() !== true || !(await this.#open())) {
      return 0;
    }
    return (await this.#inTurn((spool) => spool.adoptOrphans())) ?? 0;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#inTurn((spool) => spool.close());
    this.#left = this.stats();
    this.#spool = undefined;
  }

  #isDue(waiting: WaitingBatch): boolean {
    return this.#options.isInTrouble() || Date.now() - waiting.batch.cutAtMs >= this.#options.spoolAfterMs;
  }

  #move(isDue: (waiting: WaitingBatch) => boolean): Promise<void> {
    this.#moving ??= this.#moveDue(isDue).finally(() => {
      this.#moving = undefined;
    });
    return this.#moving;
  }

  async #moveDue(isDue: (waiting: WaitingBatch) => boolean): Promise<void> {
    const next = (): WaitingBatch | undefined =>
      this.#options.nextBatch((waiting) => !waiting.onDisk && isDue(waiting));
    for (let waiting = next(); waiting !== undefined; waiting = next()) {
      if (!(await this.#append(waiting))) {
        return;
      }
    }
  }

  async #append(waiting: WaitingBatch): Promise<boolean> {
    if (!(await this.#open())) {
      return false;
    }
    // From here on it must not be trimmed.
    waiting.onDisk = true;
    const outcome = await this.#inTurn((spool) => spool.append(waiting.batch));
    if (outcome === 'spooled') {
      waiting.isSpooled = true;
      this.#options.onMoved(waiting);
      return true;
    }
    waiting.onDisk = false;
    if (outcome === 'full') {
      this.#noteUnusable('it has reached its limit');
    }
    return false;
  }

  async #open(): Promise<boolean> {
    if (this.#spool !== undefined) {
      return true;
    }
    if (this.#options.spool === undefined || Date.now() < this.#unusableUntil) {
      return false;
    }
    try {
      this.#spool = await this.#options.spool.open();
      return true;
    } catch (error) {
      this.#noteUnusable(errorToLine(error));
      return false;
    }
  }

  /** Runs one operation after the other; undefined when it failed, or there is no spool. */
  #inTurn<Result>(operation: (spool: BatchSpool) => Promise<Result>): Promise<Result | undefined> {
    const turn = this.#turn.then(async () => {
      if (this.#spool === undefined) {
        return undefined;
      }
      try {
        return await operation(this.#spool);
      } catch (error) {
        this.#noteUnusable(errorToLine(error));
        return undefined;
      }
    });
    this.#turn = turn;
    return turn;
  }

  #noteUnusable(why: string): void {
    this.#unusableUntil = Date.now() + RETRY_AFTER_MS;
    this.#options.log.warnOnce(
      'spool-unusable',
      `Telemetry that the database does not take cannot be kept on disk: ${why}. It stays in memory as far as there is room.`,
    );
  }
}
