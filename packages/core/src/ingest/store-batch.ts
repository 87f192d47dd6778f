import type { StoreAccessOptions } from '../storage/store-access.ts';
import { ensureTablesOnce } from '../storage/store-access.ts';
import { ensurePartitions, forgetPartitions } from '../storage/partitions.ts';
import type { PartitionedTable } from '../storage/partition-bounds.ts';
import { sqlState } from '../storage/sql-state.ts';
import type { SqlRunner, SqlStore } from '../storage/sql-store.ts';
import { withTimeout } from '../storage/store-errors.ts';
import { untraced } from '../tracing/untraced.ts';
import { insertIngestBatch } from './ingest-batch.sql.ts';

/** One batch as it goes into the database. */
export interface StoredBatch {
  /** Given when the batch was cut; the same at every attempt. */
  batchId: string;
  signal: PartitionedTable;
  rowCount: number;
  /** Epoch milliseconds of the rows, so that their partitions can be made first. */
  times: readonly number[];
  /** Writes the rows through the runner of the transaction. */
  insert(sql: SqlRunner): Promise<void>;
}

// A half-open connection never answers; after this the batch is tried again on another one.
const BATCH_TIMEOUT_MS = 15_000;

/**
 * Stores a batch exactly once: the row of the ledger and the rows of the batch commit together, so a batch that is sent again
 * after an unknown commit finds its ID and stores nothing.
 * @throws the driver's error
 */
export async function storeBatch(
  store: SqlStore,
  batch: StoredBatch,
  options: StoreAccessOptions = {},
): Promise<'stored' | 'already_stored'> {
  return withTimeout(
    untraced(async () => {
      await ensureTablesOnce(store, options);
      await ensurePartitions(store, batch.signal, batch.times);
      try {
        return await store.transaction((sql) => insertOnce(sql, batch));
      } catch (error) {
        // No partition for a row: retention or a person has dropped one we had seen.
        if (sqlState(error) !== '23514') {
          throw error;
        }
        forgetPartitions(store);
        await ensurePartitions(store, batch.signal, batch.times);
        return store.transaction((sql) => insertOnce(sql, batch));
      }
    }),
    BATCH_TIMEOUT_MS,
  );
}

async function insertOnce(sql: SqlRunner, batch: StoredBatch): Promise<'stored' | 'already_stored'> {
  const { rowCount } = await sql.query(insertIngestBatch, [batch.batchId, batch.signal, batch.rowCount]);
  if (rowCount === 0) {
    return 'already_stored';
  }
  await batch.insert(sql);
  return 'stored';
}
