import type { StoreAccessOptions } from '../storage/store-access.ts';
import { ensureTablesOnce } from '../storage/store-access.ts';
import { ensurePartitions, forgetPartitions } from '../storage/partitions.ts';
import { sqlState } from '../storage/sql-state.ts';
import type { SqlRunner, SqlStore } from '../storage/sql-store.ts';
import { withTimeout } from '../storage/store-errors.ts';
import { untraced } from '../tracing/untraced.ts';
import { decodeCopyRows } from './copy-text.ts';
import type { BatchOrigins, EncodedBatch } from './encoded-batch.ts';
import { insertIngestBatch, insertIngestBatchWithoutWaiting } from './ingest-batch.sql.ts';
import { insertResources, insertRows, insertScopes } from './insert-rows.sql.ts';

// A half-open connection never answers; after this the batch is tried again on another one.
const BATCH_TIMEOUT_MS = 15_000;

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
        if (sqlState(error) !== '23514') {
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

// Resources and scopes are written once per store and process; by their hash, so that equal ones are one.
const storedOrigins = new WeakMap<SqlStore, Set<string>>();

async function insertOnce(store: SqlStore, batch: EncodedBatch): Promise<'stored' | 'already_stored'> {
  const known = storedOrigins.get(store) ?? new Set<string>();
  const origins = withoutKnown(batch.origins, known);
  const outcome = await store.transaction(async (sql) => {
    const insertBatch =
      store.synchronousCommit === false ? insertIngestBatchWithoutWaiting : insertIngestBatch;
    const { rowCount } = await sql.query(insertBatch, [batch.batchId, batch.signal, batch.rowCount]);
    if (rowCount === 0) {
      return 'already_stored' as const;
    }
    await insertOrigins(sql, origins);
    await loadRows(sql, batch);
    return 'stored' as const;
  });
  origins.resources.forEach((row) => known.add(row.resource_id));
  origins.scopes.forEach((row) => known.add(row.scope_id));
  storedOrigins.set(store, known);
  return outcome;
}

async function insertOrigins(sql: SqlRunner, { resources, scopes }: BatchOrigins): Promise<void> {
  if (resources.length > 0) {
    await sql.query(insertResources, [JSON.stringify(resources)]);
  }
  if (scopes.length > 0) {
    await sql.query(insertScopes, [JSON.stringify(scopes)]);
  }
}

async function loadRows(sql: SqlRunner, { signal, columns, rows }: EncodedBatch): Promise<void> {
  if (sql.copyRows === undefined) {
    await sql.query(insertRows(signal, columns), [JSON.stringify(decodeCopyRows(rows))]);
  } else {
    await sql.copyRows(`observability.${signal}`, columns, rows);
  }
}

function withoutKnown({ resources, scopes }: BatchOrigins, known: ReadonlySet<string>): BatchOrigins {
  return {
    resources: resources.filter((row) => !known.has(row.resource_id)),
    scopes: scopes.filter((row) => !known.has(row.scope_id)),
  };
}
