import { epochMsToDate, epochMsToDateOrNull, jsonToObject } from '../storage/row-values.ts';
import type { SqlRow } from '../storage/sql-store.ts';
import type { AlertChange } from './alert-change.ts';
import type { Alert, AlertSeverity, AlertState } from './alert.ts';

/** The columns of `alertColumns`. */
export interface AlertRow extends SqlRow {
  id: number;
  alert_type: string;
  severity: string;
  title: string;
  message: string;
  state: string;
  count: number;
  fingerprint: string;
  metadata: unknown;
  service_name: string | null;
  correlation_id: string | null;
  trace_id: string | null;
  triggered_at_ms: number;
  last_triggered_at_ms: number;
  acknowledged_at_ms: number | null;
  acknowledged_by: string | null;
  acknowledged_note: string | null;
  resolved_at_ms: number | null;
  resolved_by: string | null;
  resolved_note: string | null;
  labels: unknown;
  silenced_until_ms: number | null;
  is_flapping: boolean;
  suppressed_count: number;
}

/** What a statement that may change an alert answers. */
export interface AlertStepRow extends AlertRow {
  /** True when it did, in a way that others should hear of. */
  is_change: boolean;
  from_state: string | null;
  changed_at_ms: number;
  actor: string | null;
  note: string | null;
}

/** A row of `observability.alerts` as the API answers it. */
export function rowToAlert(row: AlertRow): Alert {
  return {
    id: row.id,
    alertType: row.alert_type,
    severity: row.severity as AlertSeverity,
    title: row.title,
    message: row.message,
    state: row.state as AlertState,
    count: row.count,
    fingerprint: row.fingerprint,
    metadata: jsonToObject(row.metadata),
    serviceName: row.service_name,
    correlationId: row.correlation_id,
    traceId: row.trace_id,
    triggeredAt: epochMsToDate(row.triggered_at_ms),
    lastTriggeredAt: epochMsToDate(row.last_triggered_at_ms),
    acknowledgedAt: epochMsToDateOrNull(row.acknowledged_at_ms),
    acknowledgedBy: row.acknowledged_by,
    acknowledgedNote: row.acknowledged_note,
    resolvedAt: epochMsToDateOrNull(row.resolved_at_ms),
    resolvedBy: row.resolved_by,
    resolvedNote: row.resolved_note,
    labels: jsonToObject(row.labels) as Record<string, string>,
    silencedUntil: epochMsToDateOrNull(row.silenced_until_ms),
    isFlapping: row.is_flapping,
    suppressedCount: row.suppressed_count,
  };
}

/** The step of such a row. */
export function rowToAlertChange(row: AlertStepRow): AlertChange {
  return {
    alert: rowToAlert(row),
    from: row.from_state as AlertState | null,
    to: row.state as AlertState,
    at: epochMsToDate(row.changed_at_ms),
    by: row.actor ?? undefined,
    note: row.note ?? undefined,
  };
}
