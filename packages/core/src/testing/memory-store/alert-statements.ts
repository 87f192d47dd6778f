import { ALERT_SEVERITIES } from '../../alerts/alert.ts';
import type { AlertRow, AlertStepRow } from '../../alerts/alert-row.ts';
import {
  acknowledgeAlert,
  markSilencedAlerts,
  resolveAlert,
  resolveOpenAlert,
  selectAlert,
  selectAlertEvents,
  selectAlerts,
  upsertAlert,
  upsertHeartbeat,
} from '../../alerts/alerts.sql.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import { replaceRow, tick } from './memory-tables.ts';
import type { MemoryStatement, MemoryTables } from './memory-tables.ts';
import { silencedUntil } from './silence-statements.ts';

type Text = string | null;

/** Who takes a step, and what they say. */
interface Step {
  from: Text;
  at: number;
  actor: Text;
  note: Text;
  trace: Text;
}

const MAX_COUNT = 2_147_483_647;

/** What the statements of `alerts.sql.ts` do. */
export const alertStatements: readonly (readonly [text: string, run: MemoryStatement])[] = [
  [upsertAlert, raise],
  [acknowledgeAlert, acknowledge],
  [resolveAlert, (tables, [id, ...by]) => resolve(tables, tables.alerts.find(hasId(id)), by as Text[])],
  [
    resolveOpenAlert,
    (tables, [fingerprint, ...by]) => resolve(tables, findOpen(tables, fingerprint), by as Text[]),
  ],
  [markSilencedAlerts, markSilenced],
  [selectAlert, (tables, [id]) => tables.alerts.filter(hasId(id))],
  [selectAlerts, list],
  [selectAlertEvents, readEvents],
  // Only rules read them, and those are not evaluated here.
  [upsertHeartbeat, () => []],
];

/** What `upsertAlert` is given. */
type Raised = readonly [string, string, string, Text, Text, string, Text, Text, Text, number, string];

function raise(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [, severity, , message, metadata, fingerprint, service, , trace, cooldownMs] = values as Raised;
  const at = tick(tables);
  const open = findOpen(tables, fingerprint);
  const step = { at, actor: service, note: null, trace };
  if (open !== undefined) {
    return raiseAgain(tables, open, { severity, message, metadata }, { ...step, from: open.state });
  }
  const cooling = tables.alerts.findLast(
    (row) => row.fingerprint === fingerprint && (row.resolved_at_ms ?? -Infinity) > at - cooldownMs,
  );
  if (cooldownMs > 0 && cooling !== undefined) {
    const changed = change(tables, cooling, {
      suppressed_count: Math.min(cooling.suppressed_count + 1, MAX_COUNT),
      last_triggered_at_ms: Math.max(at, cooling.last_triggered_at_ms),
    });
    return [toStep(changed, { ...step, from: changed.state }, false)];
  }
  const row = toNewAlert(tables.alerts.length + 1, values as Raised, at);
  const opened = { ...row, silenced_until_ms: silencedUntil(tables, row) };
  tables.alerts.push(opened);
  note(tables, opened, { ...step, from: null });
  return [toStep(opened, { ...step, from: null }, true)];
}

function toNewAlert(
  id: number,
  [type, severity, title, message, metadata, fingerprint, service, correlation, trace, , labels]: Raised,
  at: number,
): AlertRow {
  return {
    id,
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
    labels,
    silenced_until_ms: null,
    is_flapping: false,
    suppressed_count: 0,
  };
}

function raiseAgain(
  tables: MemoryTables,
  open: AlertRow,
  told: { severity: string; message: Text; metadata: Text },
  step: Step,
): SqlRow[] {
  const raised = {
    ...open,
    count: Math.min(open.count + 1, MAX_COUNT),
    last_triggered_at_ms: Math.max(step.at, open.last_triggered_at_ms),
    message: told.message ?? open.message,
    metadata: told.metadata ?? open.metadata,
    severity: rank(told.severity) > rank(open.severity) ? told.severity : open.severity,
  };
  const changed = change(tables, open, { ...raised, silenced_until_ms: silencedUntil(tables, raised) });
  const notes = [
    ...(changed.severity === open.severity ? [] : [`from ${open.severity} to ${changed.severity}`]),
    ...(open.silenced_until_ms !== null && changed.silenced_until_ms === null ? ['no longer silenced'] : []),
  ];
  const taken = { ...step, note: notes.join(', ') || null };
  if (taken.note !== null) {
    note(tables, changed, taken);
  }
  return [toStep(changed, taken, taken.note !== null)];
}

function acknowledge(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [id, by, said, trace] = values as readonly [number, Text, Text, Text];
  const row = tables.alerts.find(hasId(id));
  if (row === undefined) {
    return [];
  }
  const step = { from: row.state, at: tick(tables), actor: by, note: said, trace };
  const isFree = row.state === 'firing' || row.acknowledged_by === by;
  if (row.resolved_at_ms !== null || !isFree) {
    return [{ ...toStep(row, step, false), is_refused: true }];
  }
  const changed = change(tables, row, {
    state: 'acknowledged',
    acknowledged_at_ms: row.acknowledged_at_ms ?? step.at,
    acknowledged_by: by,
    acknowledged_note: said ?? row.acknowledged_note,
  });
  if (row.state !== changed.state || said !== null) {
    note(tables, changed, step);
  }
  return [{ ...toStep(changed, step, row.state !== changed.state), is_refused: false }];
}

function resolve(
  tables: MemoryTables,
  row: AlertRow | undefined,
  [by = null, said = null, trace = null]: readonly Text[],
): SqlRow[] {
  if (row === undefined) {
    return [];
  }
  const step = { from: row.state, at: tick(tables), actor: by, note: said, trace };
  if (row.resolved_at_ms !== null) {
    return [toStep(row, step, false)];
  }
  const changed = change(tables, row, {
    state: 'resolved',
    resolved_at_ms: step.at,
    resolved_by: by,
    resolved_note: said,
    is_flapping: false,
  });
  note(tables, changed, step);
  return [toStep(changed, step, true)];
}

function markSilenced(tables: MemoryTables, [actor, trace]: readonly unknown[]): SqlRow[] {
  const freed: SqlRow[] = [];
  for (const row of tables.alerts.filter((each) => each.resolved_at_ms === null)) {
    const until = silencedUntil(tables, row);
    if (until === row.silenced_until_ms) {
      continue;
    }
    const changed = change(tables, row, { silenced_until_ms: until });
    const said = until === null ? 'no longer silenced' : 'silenced';
    const step = {
      from: row.state,
      at: tick(tables),
      actor: actor as Text,
      note: said,
      trace: trace as Text,
    };
    if (until === null || row.silenced_until_ms === null) {
      note(tables, changed, step);
    }
    if (until === null) {
      freed.push(toStep(changed, step, true));
    }
  }
  return freed;
}

function note(tables: MemoryTables, row: AlertRow, step: Step): void {
  tables.alertEvents.push({
    alert_id: row.id,
    event_id: String(tables.alertEvents.length + 1),
    from_state: step.from,
    to_state: row.state,
    actor: step.actor,
    note: step.note,
    trace_id: step.trace,
    occurred_at_ms: step.at,
  });
}

function toStep(row: AlertRow, step: Step, isChange: boolean): AlertStepRow {
  const { from, at, actor } = step;
  return { ...row, is_change: isChange, from_state: from, changed_at_ms: at, actor, note: step.note };
}

function readEvents(tables: MemoryTables, [id]: readonly unknown[]): SqlRow[] {
  const events = tables.alertEvents.filter((event) => event.alert_id === id);
  const isKnown = tables.alerts.some(hasId(id));
  return isKnown && events.length === 0 ? [{ event_id: null }] : events;
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

function change(tables: MemoryTables, row: AlertRow, values: Partial<AlertRow>): AlertRow {
  const changed = { ...row, ...values };
  replaceRow(tables.alerts, row, changed);
  return changed;
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
