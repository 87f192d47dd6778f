import { untraced } from '../tracing/untraced.ts';
import { createPartitionScript, partitionExists } from './partitions.sql.ts';
import { partitionOf } from './partition-bounds.ts';
import type { Partition, PartitionedTable } from './partition-bounds.ts';
import { sqlState } from './sql-state.ts';
import type { SqlStore } from './sql-store.ts';

// Another process made it in the meantime: the table or its row type exists, or both inserted it at the same moment.
const ALREADY_MADE: ReadonlySet<string> = new Set(['42P07', '42710', '23505']);
const LOCK_NOT_AVAILABLE = '55P03';
const MAX_ATTEMPTS = 3;

const DAY_MS = 86_400_000;

const known = new WeakMap<SqlStore, Set<string>>();

/**
 * Makes the partitions that rows of these times need, before the transaction that writes them. What this process has seen
 * is not asked again.
 * @param times epoch milliseconds
 */
export async function ensurePartitions(
  store: SqlStore,
  table: PartitionedTable,
  times: Iterable<number>,
): Promise<void> {
  const seen = known.get(store) ?? new Set<string>();
  known.set(store, seen);
  const needed = new Map<string, Partition>();
  let lastDay = Number.NaN;
  for (const time of times) {
    // The rows of a batch are mostly of one day, and a partition is made of whole days.
    const day = Math.floor(time / DAY_MS);
    if (day === lastDay) {
      continue;
    }
    lastDay = day;
    const partition = partitionOf(table, time);
    if (!seen.has(partition.name)) {
      needed.set(partition.name, partition);
    }
  }
  for (const partition of needed.values()) {
    await untraced(() => ensurePartition(store, partition));
    seen.add(partition.name);
  }
}

/** Forgets what was seen, because a partition turned out to be gone (dropped by retention, or by hand). */
export function forgetPartitions(store: SqlStore): void {
  known.delete(store);
}

async function ensurePartition(store: SqlStore, partition: Partition): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { rows } = await store.query<{ found: boolean }>(partitionExists, [
      `observability.${partition.name}`,
    ]);
    if (rows[0]?.found === true || (await tryToMake(store, partition, attempt < MAX_ATTEMPTS))) {
      return;
    }
  }
}

/** False where the lock was not to be had in time: then another process is most likely making the same partition. */
async function tryToMake(store: SqlStore, partition: Partition, mayRepeat: boolean): Promise<boolean> {
  try {
    await store.script(createPartitionScript(partition));
    return true;
  } catch (error) {
    const state = sqlState(error) ?? '';
    if (state === LOCK_NOT_AVAILABLE && mayRepeat) {
      return false;
    }
    if (ALREADY_MADE.has(state)) {
      return true;
    }
    throw error;
  }
}
