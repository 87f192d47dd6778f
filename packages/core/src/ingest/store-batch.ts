import type { StoreAccessOptions } from '../storage/store-access.ts';
import { ensureTablesOnce } from '../storage/store-access.ts';
import { ensurePartitions, forgetPartitions } from '../storage/partitions.ts';
import { sqlState } from '../storage/sql-state.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import { withTimeout } from '../storage/store-errors.ts';
import { untraced } from '../tracing/untraced.ts';
import { decodeCopyRows } from './copy-text.ts';
import type { BatchOrigins, EncodedBatch } from './encoded-batch.ts';
import {
  claimIngestBatch,
  insertIngestBatch,
  insertIngestBatchWithoutWaiting,
  ledgerValues,
  selectIngestBatch,
} from './ingest-batch.sql.ts';
import { insertResources, insertRows, insertScopes } from './insert-rows.sql.ts';

// A half-open connection never answers; after this the batch is tried again on another one.
const BATCH_TIMEOUT_MS = 15_000;
const UNIQUE_VIOLATION = '23505';
const NO_PARTITION = '23514';

/**
 * Stores a batch exactly once: the row of the ledger and the rows of the batch commit together, so a batch that is sent again
 * after an unknown commit finds its ID and stores nothing. By COPY where the store can.
 * @throws the driver's error
 */
export async function storeBatch(
  store: SqlStore,
  batch: EncodedBatch,
  options: StoreAccessOptions = {},
): Promise<'stored' | 'already_stored'> {
  return withTimeout(
    untraced(async () => {
      await ensureTablesOnce(store, options);
      await ensurePartitions(store, batch.signal, batch.partitionTimes);
      try {
        return await insertOnce(store, batch);
      } catch (error) {
        // No partition for a row: retention or a person has dropped one we had seen.
        if (sqlState(error) !== NO_PARTITION) {
          throw error;
        }
        forgetPartitions(store);
        await ensurePartitions(store, batch.signal, batch.partitionTimes);
        return insertOnce(store, batch);
      }
    }),
    BATCH_TIMEOUT_MS,
  );
}

async function insertOnce(store: SqlStore, batch: EncodedBatch): Promise<'stored' | 'already_stored'> {
  await ensureOrigins(store, batch.origins);
  return (await loadOnce(store, batch)) ?? insertAsJson(store, batch);
}

/** By COPY; undefined where the store has none. */
async function loadOnce(
  store: SqlStore,
  batch: EncodedBatch,
): Promise<'stored' | 'already_stored' | undefined> {
  try {
    const isLoaded = await store.loadRows?.({
      before: claimIngestBatch(batch, store.synchronousCommit !== false),
      table: `observability.${batch.signal}`,
      columns: batch.columns,
      rows: batch.rows,
    });
    return isLoaded === true ? 'stored' : undefined;
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION && (await isInLedger(store, batch))) {
      return 'already_stored';
    }
    throw error;
  }
}

async function isInLedger(store: SqlStore, { batchId }: EncodedBatch): Promise<boolean> {
  return (await store.query(selectIngestBatch, [batchId])).rowCount > 0;
}

function insertAsJson(store: SqlStore, batch: EncodedBatch): Promise<'stored' | 'already_stored'> {
  const { signal, columns, rows } = batch;
  const insertBatch = store.synchronousCommit === false ? insertIngestBatchWithoutWaiting : insertIngestBatch;
  return store.transaction(async (sql) => {
    const claimed = await sql.query(insertBatch, ledgerValues(batch));
    if (claimed.rowCount === 0) {
      return 'already_stored';
    }
    await sql.query(insertRows(signal, columns), [JSON.stringify(decodeCopyRows(rows))]);
    return 'stored';
  });
}

// Resources and scopes are written once per store and process; by their hash, so that equal ones are one.
const storedOrigins = new WeakMap<SqlStore, Set<string>>();

/** Before the batch, and by itself: one that no batch refers to does no harm, and a repeat finds it there. */
async function ensureOrigins(store: SqlStore, origins: BatchOrigins): Promise<void> {
  const known = storedOrigins.get(store) ?? new Set<string>();
  const { resources, scopes } = withoutKnown(origins, known);
  if (resources.length > 0) {
    await store.query(insertResources, [JSON.stringify(resources)]);
  }
  if (scopes.length > 0) {
    await store.query(insertScopes, [JSON.stringify(scopes)]);
  }
  resources.forEach((row) => known.add(row.resource_id));
  scopes.forEach((row) => known.add(row.scope_id));
  storedOrigins.set(store, known);
}

function withoutKnown({ resources, scopes }: BatchOrigins, known: ReadonlySet<string>): BatchOrigins {
  return {
    resources: resources.filter((row) => !known.has(row.resource_id)),
    scopes: scopes.filter((row) => !known.has(row.scope_id)),
  };
}
