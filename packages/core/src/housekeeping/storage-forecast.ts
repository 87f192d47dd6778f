import type { PartitionedTable } from '../storage/partition-bounds.ts';
import { isDaily, PARTITIONED_TABLES, partitionOf } from '../storage/partition-bounds.ts';
import { keptDays } from './retention.ts';
import type { Retention } from './retention.ts';
import type { StoredPartition } from './stored-partition.ts';

/** How large the telemetry is, how it grows, and when the budget would be reached. */
export interface StorageForecast {
  /** Bytes on disk now, indexes and all tables of the schema included. */
  bytes: number;
  /** Bytes spans, points and sums grow by in a day, by what recent partitions took. */
  bytesPerDay: number;
  /**
   * Whole days until `maxBytes` is reached if it goes on like that and retention drops what is past; 0 when it is reached.
   * Null where there is no budget, or where retention keeps everything within it for good.
   */
  daysLeft: number | null;
  /** All partitions, oldest first. */
  partitions: { table: PartitionedTable; name: string; from: Date; to: Date; bytes: number }[];
}

/** What a forecast is made from. */
export interface StorageFacts {
  partitions: readonly StoredPartition[];
  /** Of all relations of the schema. */
  bytes: number;
  /** By the clock of the database, epoch milliseconds. */
  nowMs: number;
  /** When the schema was installed, epoch milliseconds: growth is not spread over days before. */
  installedAtMs: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

// A week evens weekends out.
const SAMPLE_DAYS = 7;

interface Held {
  toMs: number;
  bytes: number;
  days: number;
}

/** Tells how storage will go on; see {@link StorageForecast}. */
export function forecastStorage(facts: StorageFacts, retention: Retention): StorageForecast {
  const growth = growthOf(facts);
  return {
    bytes: facts.bytes,
    bytesPerDay: Math.round(PARTITIONED_TABLES.reduce((sum, table) => sum + growth[table], 0)),
    daysLeft: daysLeft(facts, retention, growth),
    partitions: facts.partitions
      .filter(({ state }) => state === 'attached')
      .toSorted((a, b) => a.fromMs - b.fromMs || a.name.localeCompare(b.name))
      .map(({ table, name, fromMs, toMs, bytes }) => ({
        table,
        name,
        from: new Date(fromMs),
        to: new Date(toMs),
        bytes,
      })),
  };
}

/** Bytes each table grows by in a day. */
function growthOf(facts: StorageFacts): Record<PartitionedTable, number> {
  const growth = PARTITIONED_TABLES.map((table) => [
    table,
    isDaily(table) ? dailyGrowth(facts, table) : monthlyGrowth(facts, table),
  ]);
  return Object.fromEntries(growth) as Record<PartitionedTable, number>;
}

/** Mean of the last whole days since the installation; of today, where there is none yet. */
function dailyGrowth({ partitions, nowMs, installedAtMs }: StorageFacts, table: PartitionedTable): number {
  const days = partitions.filter((each) => each.table === table && each.state === 'attached');
  const firstMs = Math.max(nowMs - (SAMPLE_DAYS + 1) * DAY_MS, installedAtMs);
  const whole = days.filter(({ fromMs, toMs }) => toMs <= nowMs && fromMs >= firstMs);
  if (whole.length > 0) {
    return sumBytes(whole) / whole.length;
  }
  return perDay(
    days.filter(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs),
    nowMs,
    installedAtMs,
  );
}

/** Of the current month once a day of it has passed, else of the month before. */
function monthlyGrowth({ partitions, nowMs, installedAtMs }: StorageFacts, table: PartitionedTable): number {
  const months = partitions.filter((each) => each.table === table && each.state === 'attached');
  const holding = (time: number): StoredPartition[] =>
    months.filter(({ fromMs, toMs }) => fromMs <= time && time < toMs);
  const current = holding(nowMs);
  const monthMs = Date.parse(partitionOf(table, nowMs).from);
  const before = holding(monthMs - 1);
  return nowMs - monthMs < DAY_MS && before.length > 0 && installedAtMs < monthMs
    ? perDay(before, monthMs, installedAtMs)
    : perDay(current, nowMs, installedAtMs);
}

function perDay(partitions: readonly StoredPartition[], untilMs: number, installedAtMs: number): number {
  const sinceMs = Math.max(installedAtMs, Math.min(untilMs, ...partitions.map(({ fromMs }) => fromMs)));
  // At least an hour: a minute after the installation nothing can be told from a minute.
  return (sumBytes(partitions) / Math.max(untilMs - sinceMs, HOUR_MS)) * DAY_MS;
}

function daysLeft(
  { partitions, bytes, nowMs }: StorageFacts,
  retention: Retention,
  growth: Record<PartitionedTable, number>,
): number | null {
  const { maxBytes } = retention;
  if (maxBytes === null) {
    return null;
  }
  const held: Held[] = partitions
    .filter(({ state }) => state === 'attached')
    .map(({ table, toMs, bytes: size }) => ({ toMs, bytes: size, days: keptDays(table, retention) }));
  const other = bytes - held.reduce((sum, each) => sum + each.bytes, 0);
  // After the longest retention and a month, as much goes as comes.
  const horizonDays = Math.max(...PARTITIONED_TABLES.map((table) => keptDays(table, retention))) + 32;
  for (let day = 0; day <= horizonDays; day += 1) {
    const timeMs = nowMs + day * DAY_MS;
    if (day > 0) {
      held.push(...PARTITIONED_TABLES.flatMap((table) => comingDay(table, timeMs, growth[table], retention)));
    }
    const kept = held.filter(({ toMs, days }) => toMs > timeMs - days * DAY_MS);
    if (other + kept.reduce((sum, each) => sum + each.bytes, 0) > maxBytes) {
      return day;
    }
  }
  return null;
}

/** What 24 hours bring that end at this time: some of it still into the partition of the day before. */
function comingDay(table: PartitionedTable, untilMs: number, bytes: number, retention: Retention): Held[] {
  const today = (untilMs % DAY_MS) / DAY_MS;
  const days = keptDays(table, retention);
  return [
    { toMs: Date.parse(partitionOf(table, untilMs - DAY_MS).to), bytes: bytes * (1 - today), days },
    { toMs: Date.parse(partitionOf(table, untilMs).to), bytes: bytes * today, days },
  ];
}

function sumBytes(partitions: readonly StoredPartition[]): number {
  return partitions.reduce((sum, { bytes }) => sum + bytes, 0);
}
