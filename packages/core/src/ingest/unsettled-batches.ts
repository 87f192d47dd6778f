import type { EncodedBatch } from './encoded-batch.ts';

/** Told what becomes of the rows of one batch. */
export interface BatchListener {
  stored(rowCount: number): void;
  lost(reason: string, rowCount: number): void;
  /** Nothing more is told. Rows of which nothing was said are on disk for the next process, or were lost there. */
  settled(): void;
}

interface UnsettledBatch {
  readonly rowCount: number;
  readonly listener: BatchListener | undefined;
}

/** Which batches are neither stored nor counted as dropped, and who waits for that. */
export class UnsettledBatches {
  readonly #batches = new Map<string, UnsettledBatch>();
  readonly #waiters = new Set<{ batchIds: Set<string>; settle(): void }>();

  add(batchId: string, rowCount: number, listener?: BatchListener): void {
    this.#batches.set(batchId, { rowCount, listener });
  }

  /** Who wants to know about a batch, or the half of one, whose ID is that of the whole and a suffix. */
  listenerOf({ batchId }: EncodedBatch): BatchListener | undefined {
    return this.#batches.get(batchId.split('/', 1)[0] as string)?.listener;
  }

  /** Rows of the batches that are not settled. */
  get rowCount(): number {
    return [...this.#batches.values()].reduce((sum, { rowCount }) => sum + rowCount, 0);
  }

  settle(batchId: string): void {
    const batch = this.#batches.get(batchId);
    if (batch !== undefined) {
      this.#batches.delete(batchId);
      batch.listener?.settled();
      for (const waiter of this.#waiters) {
        waiter.batchIds.delete(batchId);
        if (waiter.batchIds.size === 0) {
          waiter.settle();
        }
      }
    }
  }

  settleAll(): void {
    [...this.#batches.keys()].forEach((batchId) => this.settle(batchId));
  }

  /** Resolves with true when what is unsettled now is settled, with false after `timeoutMs`. */
  untilSettled(timeoutMs: number): Promise<boolean> {
    if (this.#batches.size === 0) {
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const finish = (isSettled: boolean): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve(isSettled);
      };
      const timer = setTimeout(() => finish(false), timeoutMs);
      const waiter = { batchIds: new Set(this.#batches.keys()), settle: () => finish(true) };
      this.#waiters.add(waiter);
    });
  }
}
