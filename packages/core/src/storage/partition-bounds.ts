/** The tables that are partitioned by time, and how much time a partition of each holds. */
const PERIODS = {
  spans: 'day',
  metrics: 'month',
  metric_minutes: 'day',
  metric_hours: 'month',
} as const;

/** A table that is partitioned by time. */
export type PartitionedTable = keyof typeof PERIODS;

/** All of them. */
export const PARTITIONED_TABLES: readonly PartitionedTable[] = Object.keys(PERIODS) as PartitionedTable[];

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

/** Whether a partition of the table holds a UTC day; else it holds a UTC month. */
export function isDaily(table: PartitionedTable): boolean {
  return PERIODS[table] === 'day';
}

/**
 * The partition a row belongs to: a UTC day or a UTC month.
 * @param time epoch milliseconds
 */
export function partitionOf(table: PartitionedTable, time: number): Partition {
  const date = new Date(time);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const daily = isDaily(table);
  const from = new Date(Date.UTC(year, month, daily ? day : 1));
  const to = new Date(daily ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1));
  const stamp = from
    .toISOString()
    .slice(0, daily ? 10 : 7)
    .replaceAll('-', '');
  return { table, name: `${table}_p${stamp}`, from: from.toISOString(), to: to.toISOString() };
}
