import type { PartitionedTable } from '../storage/partition-bounds.ts';
import { keptDays } from './retention.ts';
import type { Retention } from './retention.ts';
import type { StoredPartition } from './stored-partition.ts';

const DAY_MS = 86_400_000;

/**
 * Partitions of a table to be rid of, oldest first: what is past retention as a whole, and what an earlier round began to drop.
 * @param nowMs by the clock of the database
 */
export function planRetention(
  partitions: readonly StoredPartition[],
  table: PartitionedTable,
  retention: Retention,
  nowMs: number,
): StoredPartition[] {
  const cutoffMs = nowMs - keptDays(table, retention) * DAY_MS;
  return partitions
    .filter((partition) => partition.table === table)
    .filter(({ state, toBeDropped, toMs }) =>
      state === 'attached' ? toMs <= cutoffMs : state === 'detaching' || toBeDropped,
    )
    .sort(byUrgency);
}

/** What a plan for the budget says. */
export interface BudgetPlan {
  /** Oldest first. */
  drops: StoredPartition[];
  /** Bytes that are still too many when all of them are gone; 0 when the budget is kept. */
  bytesOver: number;
}

/**
 * The oldest partitions that have to go until everything fits; sums by hour last, because they are small and what people look
 * back on. The current day and month, and what is yet to come, are never among them.
 * @param bytes of all relations of the schema
 */
export function planBudget(
  partitions: readonly StoredPartition[],
  bytes: number,
  maxBytes: number,
  nowMs: number,
): BudgetPlan {
  const past = partitions.filter(({ state, toMs }) => state === 'attached' && toMs <= nowMs).sort(byWorth);
  const drops: StoredPartition[] = [];
  // What an earlier round has begun to drop goes anyway; nothing else need go for it.
  const going = partitions.filter(({ state, toBeDropped }) => state !== 'attached' && toBeDropped);
  let left = bytes - going.reduce((sum, partition) => sum + partition.bytes, 0);
  for (const partition of past) {
    if (left <= maxBytes) {
      break;
    }
    drops.push(partition);
    left -= partition.bytes;
  }
  return { drops, bytesOver: Math.max(0, left - maxBytes) };
}

function byWorth(a: StoredPartition, b: StoredPartition): number {
  return Number(a.table === 'metric_hours') - Number(b.table === 'metric_hours') || byUrgency(a, b);
}

// A detach that was interrupted stands in the way of every other of its table. Then by the end: of a month of metrics and the
// days of spans within it the days go first, which frees the least that is needed.
function byUrgency(a: StoredPartition, b: StoredPartition): number {
  return (
    Number(b.state === 'detaching') - Number(a.state === 'detaching') ||
    a.toMs - b.toMs ||
    a.fromMs - b.fromMs ||
    a.name.localeCompare(b.name)
  );
}
