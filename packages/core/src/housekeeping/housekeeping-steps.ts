import { ensurePartitions, forgetPartitions } from '../storage/partitions.ts';
import { isDaily, PARTITIONED_TABLES, partitionOf } from '../storage/partition-bounds.ts';
import type { PartitionedTable } from '../storage/partition-bounds.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import { noteIncomplete, rollUpAll } from '../metrics/rollups/roll-up.ts';
import { dropPartition } from './drop-partition.ts';
import type { DropOutcome } from './drop-partition.ts';
import type { HousekeepingStep, HousekeepingStepReport } from './housekeeping-report.ts';
import type { LeaseGrant } from './lease-grant.ts';
import { planBudget, planRetention } from './plan-drops.ts';
import { pruneRows } from './prune-rows.ts';
import {
  pruneAlertNotifications,
  pruneAlertRuleStates,
  pruneAlerts,
  pruneAlertSilences,
  pruneErrorGroups,
  pruneHealthTransitions,
  pruneIngestBatches,
  pruneMetricDays,
  pruneWorkflows,
} from './prune-rows.sql.ts';
import { readPartitions, readStorage } from './read-storage.ts';
import { LEDGER_DAYS } from './retention.ts';
import type { Retention } from './retention.ts';
import type { StoredPartition } from './stored-partition.ts';

/** What a step needs. */
export interface StepContext {
  store: SqlStore;
  retention: Retention;
  /** Undefined for a call by hand. */
  grant: LeaseGrant | undefined;
}

/** What a step did, as far as it differs from nothing. */
export type StepResult = Partial<
  Pick<HousekeepingStepReport, 'made' | 'dropped' | 'postponed' | 'deletedRows' | 'unfinished' | 'error'>
> & { leaseLost?: boolean };

const DAY_MS = 86_400_000;

/** Days of a daily table that have a partition before they begin. A housekeeper that is away for a week is not noticed. */
const DAYS_AHEAD = 7;

/** Months of a monthly one, the same way. */
const MONTHS_AHEAD = 2;

/** How each step is done. */
export const STEPS: Readonly<Record<HousekeepingStep, (context: StepContext) => Promise<StepResult>>> = {
  partitions_ahead: makePartitionsAhead,
  metric_rollups: ({ store, grant }) => rollUpAll(store, grant),
  spans_retention: (context) => applyRetention(context, ['spans']),
  metrics_retention: (context) => applyRetention(context, ['metrics']),
  metric_rollups_retention: keepRollups,
  size_budget: keepBudget,
  workflows: ({ store, retention, grant }) =>
    pruneRows(store, pruneWorkflows, retention.workflowsDays, grant),
  alerts: (context) => pruneAll(context, [pruneAlerts, pruneAlertSilences, pruneAlertRuleStates]),
  alert_notifications: ({ store, retention, grant }) =>
    pruneRows(store, pruneAlertNotifications, retention.notificationsDays, grant),
  error_groups: ({ store, retention, grant }) =>
    pruneRows(store, pruneErrorGroups, retention.errorsDays, grant),
  health_transitions: ({ store, retention, grant }) =>
    pruneRows(store, pruneHealthTransitions, retention.alertsDays, grant),
  ingest_batches: ({ store, grant }) => pruneRows(store, pruneIngestBatches, LEDGER_DAYS, grant),
};

async function makePartitionsAhead({ store }: StepContext): Promise<StepResult> {
  const { nowMs } = await readStorage(store);
  const before = new Set((await readPartitions(store)).map(({ name }) => name));
  // What this process has seen may have been dropped by hand since.
  forgetPartitions(store);
  const needed: string[] = [];
  for (const table of PARTITIONED_TABLES) {
    const times = timesAhead(table, nowMs);
    await ensurePartitions(store, table, times);
    needed.push(...times.map((time) => partitionOf(table, time).name));
  }
  return { made: needed.filter((name) => !before.has(name)) };
}

/** A time in each partition of a table that should be there. */
export function timesAhead(table: PartitionedTable, nowMs: number): number[] {
  const now = new Date(nowMs);
  return isDaily(table)
    ? Array.from({ length: DAYS_AHEAD + 1 }, (_, day) => nowMs + day * DAY_MS)
    : Array.from({ length: MONTHS_AHEAD + 1 }, (_, month) =>
        Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + month, 1),
      );
}

async function applyRetention(
  context: StepContext,
  tables: readonly PartitionedTable[],
): Promise<StepResult> {
  const { store, retention } = context;
  const { nowMs } = await readStorage(store);
  const partitions = await readPartitions(store);
  return dropAll(
    context,
    tables.flatMap((table) => planRetention(partitions, table, retention, nowMs)),
  );
}

async function keepRollups(context: StepContext): Promise<StepResult> {
  const { store, retention, grant } = context;
  const result = await applyRetention(context, ['metric_minutes', 'metric_hours']);
  if (result.leaseLost === true) {
    return result;
  }
  const pruned = await pruneRows(store, pruneMetricDays, retention.metricRollupsDays, grant);
  return { ...result, ...pruned, unfinished: result.unfinished === true || pruned.unfinished };
}

/** What is kept as long as alerts are. */
async function pruneAll(
  { store, retention, grant }: StepContext,
  statements: readonly string[],
): Promise<StepResult> {
  const all = { deletedRows: 0, unfinished: false, leaseLost: false };
  for (const statement of statements) {
    const pruned = await pruneRows(store, statement, retention.alertsDays, grant);
    all.deletedRows += pruned.deletedRows;
    all.unfinished ||= pruned.unfinished;
    all.leaseLost ||= pruned.leaseLost;
    if (all.leaseLost) {
      break;
    }
  }
  return all;
}

async function keepBudget(context: StepContext): Promise<StepResult> {
  const { store, retention } = context;
  if (retention.maxBytes === null) {
    return {};
  }
  const { bytes, nowMs } = await readStorage(store);
  const plan = planBudget(await readPartitions(store), bytes, retention.maxBytes, nowMs);
  const result = await dropAll(context, plan.drops);
  return plan.bytesOver === 0
    ? result
    : {
        ...result,
        error: `Telemetry takes ${plan.bytesOver} bytes more than maxBytes (${retention.maxBytes}), and only the current day and month are left to drop. Raise maxBytes, or record less`,
      };
}

async function dropAll(
  { store, grant }: StepContext,
  partitions: readonly StoredPartition[],
): Promise<StepResult> {
  const dropped: string[] = [];
  const postponed: string[] = [];
  const busyTables = new Set<PartitionedTable>();
  for (const partition of partitions) {
    // One partition of a table can be in the middle of being detached; the others wait for it.
    const outcome = busyTables.has(partition.table) ? 'busy' : await forget(store, partition, grant);
    if (outcome === 'lease_lost') {
      return { dropped, postponed, unfinished: true, leaseLost: true };
    }
    if (outcome === 'busy') {
      busyTables.add(partition.table);
      postponed.push(partition.name);
    } else {
      dropped.push(partition.name);
    }
  }
  if (dropped.length > 0) {
    forgetPartitions(store);
  }
  return { dropped, postponed, unfinished: postponed.length > 0 };
}

/** Readers of metrics are told first that what is older is not whole any more. */
async function forget(
  store: SqlStore,
  partition: StoredPartition,
  grant: LeaseGrant | undefined,
): Promise<DropOutcome> {
  if (partition.table === 'metrics' || partition.table === 'metric_minutes') {
    await noteIncomplete(store, partition.table, partition.toMs);
  }
  return dropPartition(store, partition, grant);
}
