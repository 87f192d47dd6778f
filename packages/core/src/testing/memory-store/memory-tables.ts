import type { AlertHistoryRow } from '../../alerts/alert-history.ts';
import type { AlertRow } from '../../alerts/alert-row.ts';
import type { NotificationRow } from '../../alerts/delivery/notification.ts';
import type { SilenceRow } from '../../alerts/silences/silence.ts';
import type { ErrorGroupRow } from '../../error-groups/error-group.ts';
import type { HealthTransitionRow } from '../../health/history/history-row.ts';
import type { MetricRow } from '../../metrics/metric-row.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import type { WorkflowStateRow, WorkflowTransitionRow } from '../../workflows/workflow-row.ts';

/** The columns of a span that are read back. */
export interface MemorySpan {
  operation_name: string;
  kind: string;
  status: string;
  status_message: string | null;
  trace_id: string;
  span_id: string;
  parent_span_id: string | null;
  service_name: string;
  correlation_id: string | null;
  start_ms: number;
  end_ms: number;
  duration_ms: number;
  /** JSON. */
  attributes: string;
  /** JSON. */
  events: string | null;
}

/** A row of `workflow_state`, with what no call answers. */
export type MemoryWorkflow = WorkflowStateRow & { unusual_at_ms?: number | null };

/** A silence, and what is compared with alerts. */
export interface MemorySilence extends SilenceRow {
  matchers_hash: string;
  patterns: Readonly<Record<string, string>>;
}

/** A row of the outbox, with what is not answered. */
export interface MemoryNotification extends NotificationRow {
  group_key: string;
  first_attempt_at_ms: number | null;
}

/** A change of health. */
export interface MemoryHealthTransition extends HealthTransitionRow {
  service_name: string;
  record_id: string;
  transition_id: number;
}

/** What the memory store holds. Rows are replaced and never changed, so that a copy of the lists is a snapshot. */
export interface MemoryTables {
  workflows: MemoryWorkflow[];
  transitions: (WorkflowTransitionRow & { version: number })[];
  alerts: AlertRow[];
  alertEvents: (AlertHistoryRow & { alert_id: number })[];
  silences: MemorySilence[];
  notifications: MemoryNotification[];
  errorGroups: ErrorGroupRow[];
  metrics: MetricRow[];
  spans: MemorySpan[];
  batches: string[];
  health: MemoryHealthTransition[];
  /** The last time that was told, in epoch milliseconds. */
  clock: number;
}

/** One statement of this library, carried out on the tables. Answers the rows it returns. */
export type MemoryStatement = (tables: MemoryTables, values: readonly unknown[]) => SqlRow[];

/** Tables without a row. */
export function createTables(): MemoryTables {
  return {
    workflows: [],
    transitions: [],
    alerts: [],
    alertEvents: [],
    silences: [],
    notifications: [],
    errorGroups: [],
    metrics: [],
    spans: [],
    batches: [],
    health: [],
    clock: 0,
  };
}

/** The tables as they are now, to go back to when a transaction is rolled back. */
export function copyTables(tables: MemoryTables): MemoryTables {
  return {
    workflows: [...tables.workflows],
    transitions: [...tables.transitions],
    alerts: [...tables.alerts],
    alertEvents: [...tables.alertEvents],
    silences: [...tables.silences],
    notifications: [...tables.notifications],
    errorGroups: [...tables.errorGroups],
    metrics: [...tables.metrics],
    spans: [...tables.spans],
    batches: [...tables.batches],
    health: [...tables.health],
    clock: tables.clock,
  };
}

/** Now, in epoch milliseconds; a microsecond later at each call, as the clock of a database never tells a time twice. */
export function tick(tables: MemoryTables): number {
  tables.clock = Math.max(Date.now(), tables.clock + 0.001);
  return tables.clock;
}

/** Replaces one row by another. */
export function replaceRow<Row>(rows: Row[], old: Row, row: Row): void {
  rows[rows.indexOf(old)] = row;
}
