import { PARTITIONED_TABLES, partitionOf } from '../storage/partition-bounds.ts';
import type { PartitionedTable } from '../storage/partition-bounds.ts';

/** A partition as it is in the database. */
export interface StoredPartition {
  readonly table: PartitionedTable;
  /** Without the schema, for example `spans_p20261123`. */
  readonly name: string;
  /** First moment inside, epoch milliseconds. */
  readonly fromMs: number;
  /** First moment after, epoch milliseconds. */
  readonly toMs: number;
  /** On disk, indexes included. */
  readonly bytes: number;
  /**
   * `attached`; `detaching` when a detach was interrupted: rows are no longer seen, and no other partition of the table can be
   * detached; `detached` when it is a table of its own.
   */
  readonly state: 'attached' | 'detaching' | 'detached';
  /** True when housekeeping has marked it, so a detached one is a leftover of ours and not somebody's archive. */
  readonly toBeDropped: boolean;
}

/** A row of `selectPartitions`. */
export interface PartitionRow extends Record<string, unknown> {
  name: string;
  is_attached: boolean;
  is_detaching: boolean;
  to_be_dropped: boolean;
  /** Upper bound as the database has it; null when detached, or without an end. */
  to_ms: number | null;
  bytes: number;
}

/** Undefined for a table that is none of ours, though its name looks like it (`spans_p20260231`, or a later upper bound). */
export function rowToPartition(row: PartitionRow): StoredPartition | undefined {
  const bounds = boundsOf(row.name);
  if (bounds === undefined || (row.is_attached && row.to_ms !== bounds.toMs)) {
    return undefined;
  }
  const state = row.is_detaching ? 'detaching' : row.is_attached ? 'attached' : 'detached';
  return { ...bounds, name: row.name, bytes: row.bytes, state, toBeDropped: row.to_be_dropped };
}

function boundsOf(name: string): Pick<StoredPartition, 'table' | 'fromMs' | 'toMs'> | undefined {
  const [, parent, year, month, day = '01'] = /^(\w+)_p(\d{4})(\d{2})(\d{2})?$/.exec(name) ?? [];
  const table = PARTITIONED_TABLES.find((each) => each === parent);
  if (table === undefined) {
    return undefined;
  }
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const partition = partitionOf(table, time);
  return partition.name === name
    ? { table, fromMs: Date.parse(partition.from), toMs: Date.parse(partition.to) }
    : undefined;
}
