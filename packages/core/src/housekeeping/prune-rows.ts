import type { SqlStore } from '../storage/sql-store.ts';
import { limitLockWait } from './housekeeping.sql.ts';
import { withFence } from './lease-grant.ts';
import type { LeaseGrant } from './lease-grant.ts';

/** What pruning a table did. */
export interface PruneOutcome {
  deletedRows: number;
  /** True when there is more, left for the next round. */
  unfinished: boolean;
  leaseLost: boolean;
}

// Each batch is a transaction of its own, short enough for the lease to be renewed in between.
const BATCH_ROWS = 1_000;

// Of one table in one round: a million rows an hour, and no minutes of deleting on end.
const MAX_BATCHES = 200;

/**
 * Deletes old rows in batches, each a short transaction that checks the lease.
 *
 * @param statement takes days and a number of rows, answers `deleted`
 * @throws the driver's error
 */
export async function pruneRows(
  store: SqlStore,
  statement: string,
  days: number,
  grant: LeaseGrant | undefined,
): Promise<PruneOutcome> {
  let deletedRows = 0;
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const outcome = await withFence(store, grant, async (sql) => {
      await sql.query(limitLockWait);
      const { rows } = await sql.query<{ deleted: number }>(statement, [days, BATCH_ROWS]);
      return rows[0]?.deleted ?? 0;
    });
    if (!outcome.held) {
      return { deletedRows, unfinished: true, leaseLost: true };
    }
    deletedRows += outcome.result;
    if (outcome.result < BATCH_ROWS) {
      return { deletedRows, unfinished: false, leaseLost: false };
    }
  }
  return { deletedRows, unfinished: true, leaseLost: false };
}
