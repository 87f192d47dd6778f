/** The tables that are partitioned by time. */
export type PartitionedTable = 'spans' | 'metrics';

/** One partition: its name and its bounds, in UTC. */
export interface Partition {
  table: PartitionedTable;
  /** Without the schema, for example `spans_p20261123`. */
  name: string;
  /** First moment inside, ISO 8601. */
  from: string;
  /** First moment after, ISO 8601. */
  to: string;
}

/**
 * The partition a row belongs to: by UTC day for spans, by UTC month for metrics.
 * @param time epoch milliseconds
 */
export function partitionOf(table: PartitionedTable, time: number): Partition {
  const date = new Date(time);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const daily = table === 'spans';
  const from = new Date(Date.UTC(year, month, daily ? day : 1));
  const to = new Date(daily ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1));
  const stamp = from
    .toISOString()
    .slice(0, daily ? 10 : 7)
    .replaceAll('-', '');
  return { table, name: `${table}_p${stamp}`, from: from.toISOString(), to: to.toISOString() };
}
