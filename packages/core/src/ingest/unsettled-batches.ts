/** Which batches are neither stored nor counted as dropped, and who waits for that. */
export class UnsettledBatches {
  readonly #rowCounts = new Map<string, number>();
  readonly #waiters = new Set<{ batchIds: Set<string>; settle(): void }>();

  add(batchId: string, rowCount: number): void {
    this.#rowCounts.set(batchId, rowCount);
  }

  /** Rows of the batches that are not settled. */
  get rowCount(): number {
    return [...this.#rowCounts.values()].reduce((sum, rowCount) => sum + rowCount, 0);
  }

  settle(batchId: string): void {
    if (this.#rowCounts.delete(batchId)) {
      for (const waiter of this.#waiters) {
        waiter.batchIds.delete(batchId);
        if (waiter.batchIds.size === 0) {
          waiter.settle();
        }
      }
    }
  }

  settleAll(): void {
    [...this.#rowCounts.keys()].forEach((batchId) => this.settle(batchId));
  }

  /** Resolves with true when what is unsettled now is settled, with false after `timeoutMs`. */
  untilSettled(timeoutMs: number): Promise<boolean> {
    if (this.#rowCounts.size === 0) {
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const finish = (isSettled: boolean): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve(isSettled);
      };
      const timer = setTimeout(() => finish(false), timeoutMs);
      const waiter = { batchIds: new Set(this.#rowCounts.keys()), settle: () => finish(true) };
      this.#waiters.add(waiter);
    });
  }
}
