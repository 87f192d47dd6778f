import { ALERT_SEVERITIES } from '../../alerts/alert.ts';
import type { AlertRow } from '../../alerts/alert-row.ts';
import {
  acknowledgeAlert,
  resolveAlert,
  resolveOpenAlert,
  selectAlert,
  selectAlerts,
  upsertAlert,
} from '../../alerts/alerts.sql.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import { replaceRow, tick } from './memory-tables.ts';
import type { MemoryStatement, MemoryTables } from './memory-tables.ts';

type Text = string | null;

const MAX_COUNT = 2_147_483_647;

/** What the statements of `alerts.sql.ts` do. */
export const alertStatements: readonly (readonly [text: string, run: MemoryStatement])[] = [
  [upsertAlert, raise],
  [acknowledgeAlert, acknowledge],
  [
    resolveAlert,
    (tables, [id, by, note]) => resolve(tables, tables.alerts.find(hasId(id)), by as Text, note as Text),
  ],
  [
    resolveOpenAlert,
    (tables, [fingerprint, by, note]) =>
      resolve(tables, findOpen(tables, fingerprint), by as Text, note as Text),
  ],
  [selectAlert, (tables, [id]) => tables.alerts.filter(hasId(id))],
  [selectAlerts, list],
];

function raise(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [type, severity, title, message, metadata, fingerprint, service, correlation, trace] =
    values as readonly [string, string, string, Text, Text, string, Text, Text, Text];
  const at = tick(tables);
  const open = findOpen(tables, fingerprint);
  if (open !== undefined) {
    const [row] = change(tables, open, {
      count: Math.min(open.count + 1, MAX_COUNT),
      last_triggered_at_ms: Math.max(at, open.last_triggered_at_ms),
      message: message ?? open.message,
      metadata: metadata ?? open.metadata,
      severity: rank(severity) > rank(open.severity) ? severity : open.severity,
    });
    return [{ ...row, previous_severity: open.severity }];
  }
  const row: AlertRow = {
    id: tables.alerts.length + 1,
    alert_type: type,
    severity,
    title,
    message: message ?? '',
    state: 'firing',
    count: 1,
    fingerprint,
    metadata: metadata ?? '{}',
    service_name: service,
    correlation_id: correlation,
    trace_id: trace,
    triggered_at_ms: at,
    last_triggered_at_ms: at,
    acknowledged_at_ms: null,
    acknowledged_by: null,
    acknowledged_note: null,
    resolved_at_ms: null,
    resolved_by: null,
    resolved_note: null,
  };
  tables.alerts.push(row);
  return [{ ...row, previous_severity: null }];
}

function acknowledge(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [id, by, note] = values as readonly [number, Text, Text];
  const row = tables.alerts.find(hasId(id));
  if (row === undefined) {
    return [];
  }
  const isFree = row.state === 'firing' || row.acknowledged_by === by;
  if (row.resolved_at_ms !== null || !isFree) {
    return [{ ...row, changed: false, previous_state: null }];
  }
  const [changed] = change(tables, row, {
    state: 'acknowledged',
    acknowledged_at_ms: row.acknowledged_at_ms ?? tick(tables),
    acknowledged_by: by,
    acknowledged_note: note ?? row.acknowledged_note,
  });
  return [{ ...changed, changed: true, previous_state: row.state }];
}

function resolve(tables: MemoryTables, row: AlertRow | undefined, by: Text, note: Text): SqlRow[] {
  if (row === undefined || row.resolved_at_ms !== null) {
    return row === undefined ? [] : [{ ...row, previous_state: null }];
  }
  const [changed] = change(tables, row, {
    state: 'resolved',
    resolved_at_ms: tick(tables),
    resolved_by: by,
    resolved_note: note,
  });
  return [{ ...changed, previous_state: row.state }];
}

function list(tables: MemoryTables, [severity, state, type, limit]: readonly unknown[]): SqlRow[] {
  return tables.alerts
    .filter(
      (row) =>
        (severity === null || row.severity === severity) &&
        (state === null || row.state === state) &&
        (type === null || row.alert_type === type),
    )
    .sort((a, b) => b.id - a.id)
    .slice(0, limit as number);
}

function change(tables: MemoryTables, row: AlertRow, values: Partial<AlertRow>): SqlRow[] {
  const changed = { ...row, ...values };
  replaceRow(tables.alerts, row, changed);
  return [changed];
}

function findOpen(tables: MemoryTables, fingerprint: unknown): AlertRow | undefined {
  return tables.alerts.find((row) => row.fingerprint === fingerprint && row.resolved_at_ms === null);
}

function hasId(id: unknown): (row: AlertRow) => boolean {
  return (row) => row.id === id;
}

function rank(severity: string): number {
  return (ALERT_SEVERITIES as readonly string[]).indexOf(severity);
}
