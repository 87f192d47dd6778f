import { sqlState } from '../storage/sql-state.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import { withTimeout } from '../storage/store-errors.ts';
import {
  cancelStatement,
  detachPartition,
  dropDetached,
  finalizeDetach,
  limitLockWait,
  markPartition,
  selectIsInUse,
} from './housekeeping.sql.ts';
import { withFence } from './lease-grant.ts';
import type { LeaseGrant } from './lease-grant.ts';
import type { StoredPartition } from './stored-partition.ts';

/** What became of a partition: dropped, still in use and left for the next round, or not touched because the lease has gone. */
export type DropOutcome = 'dropped' | 'busy' | 'lease_lost';

/** Milliseconds to wait for those who use the table: less than the 500 a writer waits to attach a partition beside it. */
const DETACH_TIMEOUT_MS = 300;

// A connection that never answers, or a pool without a second one to cancel through.
const GIVE_UP_MS = 10_000;

// Lock timeout, cancelled (by us), deadlock, and "already pending detach".
const BUSY: ReadonlySet<string> = new Set(['55P03', '57014', '40P01', '55000']);

/**
 * Drops a partition without making writers and readers of its table wait. It is detached concurrently first, which waits for
 * those who use the table while others go on, and then dropped as a table of its own. What is still in use after a moment is
 * left for the next round, which finds the detach begun and finishes it.
 * @throws the driver's error
 */
export async function dropPartition(
  store: SqlStore,
  partition: StoredPartition,
  grant: LeaseGrant | undefined,
): Promise<DropOutcome> {
  try {
    if (partition.state === 'attached') {
      if (await isInUse(store, partition)) {
        return 'busy';
      }
      // One statement per call: some stores make several an implicit transaction, and this must be in none.
      if (!(await inTransaction(store, grant, [markPartition(partition)]))) {
        return 'lease_lost';
      }
      await detach(store, detachPartition(partition));
    }
    const isLeftover = partition.state === 'detaching' && !partition.toBeDropped;
    const statements = [
      ...(partition.state === 'detaching' ? [finalizeDetach(partition)] : []),
      // Somebody else's detach is finished, because it stands in the way; the table is theirs.
      ...(isLeftover ? [] : [dropDetached(partition)]),
    ];
    return (await inTransaction(store, grant, statements)) ? 'dropped' : 'lease_lost';
  } catch (error) {
    const state = sqlState(error) ?? '';
    if (state === '42P01') {
      // Somebody else has dropped it in the meantime.
      return 'dropped';
    }
    if (BUSY.has(state)) {
      return 'busy';
    }
    throw error;
  }
}

/** Spares a connection the wait, and the table a detach that is only half done, where it is plain that somebody is in the way. */
async function isInUse(store: SqlStore, { table, name }: StoredPartition): Promise<boolean> {
  const { rows } = await store.query<{ is_in_use: boolean }>(selectIsInUse, [
    `observability.${table}`,
    `observability.${name}`,
  ]);
  return rows[0]?.is_in_use === true;
}

async function inTransaction(
  store: SqlStore,
  grant: LeaseGrant | undefined,
  statements: readonly string[],
): Promise<boolean> {
  const { held } = await withFence(store, grant, async (sql) => {
    await sql.query(limitLockWait);
    for (const statement of statements) {
      await sql.query(statement);
    }
  });
  return held;
}

/**
 * Detaches, and cancels itself when that takes too long. A time limit cannot be set for it: `set local` needs a transaction,
 * which the statement refuses, and a session setting stays behind on a pooled connection.
 */
async function detach(store: SqlStore, statement: string): Promise<void> {
  const timer = setTimeout(() => {
    store.query(cancelStatement, [statement]).catch(() => undefined);
  }, DETACH_TIMEOUT_MS).unref();
  try {
    await withTimeout(store.query(statement), GIVE_UP_MS);
  } finally {
    clearTimeout(timer);
  }
}
