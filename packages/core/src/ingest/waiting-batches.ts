import type { EncodedBatch, IngestSignal } from './encoded-batch.ts';
import { keepFirstRows } from './split-batch.ts';

/** A batch in memory. */
export interface WaitingBatch {
  batch: EncodedBatch;
  /** How many rows at its start are kept longest when something has to go: errors and slow operations. */
  importantRowCount: number;
  /** True once an attempt was made: it may be stored already, so it must not change any more. */
  attempted: boolean;
  /** True while a copy lies on disk, or is on its way there. */
  onDisk: boolean;
  /** True while a copy lies on disk and is counted there. */
  isSpooled?: boolean;
}

/** Told of rows that had to go; the batch as it was before. `isGone` when none of it is left. */
export type OnTrimmed = (batch: EncodedBatch, rowCount: number, isGone: boolean) => void;

/** Batches in memory in the order they were cut, bounded by bytes. */
export class WaitingBatches {
  readonly #maxBytes: number;
  readonly #onTrimmed: OnTrimmed;
  readonly #batches: WaitingBatch[] = [];
  readonly #rowCounts: Record<IngestSignal, number> = { spans: 0, metrics: 0 };
  #bytes = 0;

  constructor(maxBytes: number, onTrimmed: OnTrimmed) {
    this.#maxBytes = maxBytes;
    this.#onTrimmed = onTrimmed;
  }

  /** Rows of a signal. */
  rowCount(signal: IngestSignal): number {
    return this.#rowCounts[signal];
  }

  /** Adds a batch. Where the room does not suffice, ordinary rows of older batches go first, and at last the batch itself. */
  push(waiting: WaitingBatch): void {
    this.#batches.push(waiting);
    this.#count(waiting.batch, 1);
    while (this.#bytes > this.#maxBytes) {
      if (!this.trim()) {
        this.#drop(this.#batches.at(-1) as WaitingBatch);
      }
    }
  }

  /** Puts a batch back that was taken. */
  unshift(waiting: WaitingBatch): void {
    this.#batches.unshift(waiting);
    this.#count(waiting.batch, 1);
  }

  shift(): WaitingBatch | undefined {
    const first = this.#batches.shift();
    if (first !== undefined) {
      this.#count(first.batch, -1);
    }
    return first;
  }

  remove(waiting: WaitingBatch): void {
    const at = this.#batches.indexOf(waiting);
    if (at !== -1) {
      this.#batches.splice(at, 1);
      this.#count(waiting.batch, -1);
    }
  }

  find(isWanted: (waiting: WaitingBatch) => boolean): WaitingBatch | undefined {
    return this.#batches.find(isWanted);
  }

  /** Drops the ordinary rows of the oldest batch that has any; false when there is none. */
  trim(signal?: IngestSignal): boolean {
    const found = this.#batches.find(
      ({ batch, importantRowCount, attempted, onDisk }) =>
        (signal === undefined || batch.signal === signal) &&
        !attempted &&
        !onDisk &&
        importantRowCount < batch.rowCount,
    );
    if (found === undefined) {
      return false;
    }
    const { batch, importantRowCount } = found;
    if (importantRowCount === 0) {
      this.#drop(found);
      return true;
    }
    found.batch = keepFirstRows(batch, importantRowCount);
    this.#count(batch, -1);
    this.#count(found.batch, 1);
    this.#onTrimmed(batch, batch.rowCount - importantRowCount, false);
    return true;
  }

  #count(batch: EncodedBatch, sign: 1 | -1): void {
    this.#bytes += sign * batch.rows.length;
    this.#rowCounts[batch.signal] += sign * batch.rowCount;
  }

  #drop(waiting: WaitingBatch): void {
    this.remove(waiting);
    this.#onTrimmed(waiting.batch, waiting.batch.rowCount, true);
  }
}
