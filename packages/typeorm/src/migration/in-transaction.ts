import type { QueryRunnerLike } from '../data-source-like.ts';

/** Runs `work` in the transaction the query runner has open, else in one of its own (`migrationsTransactionMode: 'none'`). */
export async function inTransaction(runner: QueryRunnerLike, work: () => Promise<void>): Promise<void> {
  if (runner.isTransactionActive) {
    return work();
  }
  await runner.startTransaction();
  try {
    await work();
    await runner.commitTransaction();
  } catch (error) {
    await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
}
