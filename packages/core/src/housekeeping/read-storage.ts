import type { SqlStore } from '../storage/sql-store.ts';
import { selectPartitions, selectStorage } from './housekeeping.sql.ts';
import { rowToPartition } from './stored-partition.ts';
import type { PartitionRow, StoredPartition } from './stored-partition.ts';

/** The partitions of spans and metrics, in no order. */
export async function readPartitions(store: SqlStore): Promise<StoredPartition[]> {
  const { rows } = await store.query<PartitionRow>(selectPartitions);
  return rows.map(rowToPartition).filter((partition) => partition !== undefined);
}

/** The size of the schema, and the clock of the database. */
export async function readStorage(
  store: SqlStore,
): Promise<{ bytes: number; nowMs: number; installedAtMs: number }> {
  const { rows } = await store.query<{ now_ms: number; installed_at_ms: number | null; bytes: number }>(
    selectStorage,
  );
  const row = rows[0];
  const nowMs = row?.now_ms ?? Date.now();
  return { bytes: row?.bytes ?? 0, nowMs, installedAtMs: row?.installed_at_ms ?? 0 };
}
