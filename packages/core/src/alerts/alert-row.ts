import { epochMsToDate, epochMsToDateOrNull, jsonToObject } from '../storage/row-values.ts';
import type { SqlRow } from '../storage/sql-store.ts';
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
  };
}
