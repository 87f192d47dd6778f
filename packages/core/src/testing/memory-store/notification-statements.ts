import {
  claimMessage,
  insertNotification,
  repeatNotifications,
  selectNotifications,
  selectQueues,
  settleDelivered,
  settleFailed,
} from '../../alerts/delivery/notifications.sql.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import { replaceRow, tick } from './memory-tables.ts';
import type { MemoryNotification, MemoryStatement, MemoryTables } from './memory-tables.ts';

/** What the statements of `notifications.sql.ts` do. */
export const notificationStatements: readonly (readonly [text: string, run: MemoryStatement])[] = [
  [insertNotification, insert],
  [claimMessage, claim],
  [settleDelivered, deliver],
  [settleFailed, fail],
  [repeatNotifications, repeat],
  [selectQueues, selectAllQueues],
  [selectNotifications, list],
];

type InsertValues = readonly [string, string, number, string, string, number, number];

function insert(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [receiver, key, alertId, group, change, waitMs, intervalMs] = values as InsertValues;
  if (tables.notifications.some((row) => row.receiver === receiver && row.idempotency_key === key)) {
    return [];
  }
  const at = tick(tables);
  const attempts = tables.notifications
    .filter((row) => row.receiver === receiver && row.group_key === group)
    .map((row) => row.last_attempt_at_ms ?? Number.NEGATIVE_INFINITY);
  tables.notifications.push({
    notification_id: String(tables.notifications.length + 1),
    receiver,
    idempotency_key: key,
    alert_id: alertId,
    group_key: group,
    state: 'queued',
    message_id: null,
    attempts: 0,
    repeats: 0,
    last_error: null,
    change,
    created_at_ms: at,
    due_at_ms: Math.max(at + waitMs, Math.max(...attempts) + intervalMs),
    first_attempt_at_ms: null,
    last_attempt_at_ms: null,
    settled_at_ms: null,
  });
  return [];
}

type ClaimValues = readonly [string, number, string, number, boolean];

function claim(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [receiver, visibilityMs, messageId, limit, isLast] = values as ClaimValues;
  const now = tick(tables);
  const queued = tables.notifications.filter((row) => row.receiver === receiver && row.state === 'queued');
  const head = queued
    .filter((row) => row.due_at_ms <= now || (isLast && row.attempts === 0))
    .filter(
      (row) =>
        row.message_id !== null ||
        !queued.some((other) => other.group_key === row.group_key && other.message_id !== null),
    )
    .sort((a, b) => a.due_at_ms - b.due_at_ms || byId(a, b))[0];
  if (head === undefined) {
    return [];
  }
  return queued
    .filter((row) => row.group_key === head.group_key && row.message_id === head.message_id)
    .sort(byId)
    .slice(0, limit)
    .map((row) =>
      change(tables, row, {
        message_id: row.message_id ?? messageId,
        attempts: row.attempts + 1,
        due_at_ms: now + visibilityMs,
        first_attempt_at_ms: row.first_attempt_at_ms ?? now,
        last_attempt_at_ms: now,
      }),
    );
}

function deliver(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  return underWay(tables, values).map((row) =>
    change(tables, row, { state: 'delivered', settled_at_ms: tick(tables), last_error: null }),
  );
}

function fail(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [, , , delayMs, giveUpAfterMs, isHopeless, error] = values as readonly [
    string,
    string,
    number,
    number,
    number,
    boolean,
    string,
  ];
  const now = tick(tables);
  const rows = underWay(tables, values);
  const first = Math.min(...rows.map((row) => row.first_attempt_at_ms ?? now));
  const isDead = isHopeless || first + giveUpAfterMs < now + delayMs;
  return rows.map((row) =>
    change(tables, row, {
      due_at_ms: now + delayMs,
      last_error: error,
      state: isDead ? 'dead' : 'queued',
      settled_at_ms: isDead ? now : null,
    }),
  );
}

function repeat(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [receiver, intervalMs, includesAcknowledged] = values as readonly [string, number, boolean];
  const now = tick(tables);
  for (const alert of tables.alerts) {
    const row = tables.notifications.findLast(
      (each) => each.receiver === receiver && each.alert_id === alert.id,
    );
    const isOpen = alert.state === 'firing' || (includesAcknowledged && alert.state === 'acknowledged');
    const isSilenced = (alert.silenced_until_ms ?? now) > now;
    if (
      row !== undefined &&
      isOpen &&
      !isSilenced &&
      row.settled_at_ms !== null &&
      row.settled_at_ms <= now - intervalMs
    ) {
      const stored = JSON.parse(row.change as string) as { alert: Record<string, unknown> };
      Object.assign(stored.alert, {
        severity: alert.severity,
        message: alert.message,
        state: alert.state,
        count: alert.count,
        lastTriggeredAt: new Date(alert.last_triggered_at_ms).toISOString(),
      });
      change(tables, row, {
        state: 'queued',
        message_id: null,
        attempts: 0,
        first_attempt_at_ms: null,
        settled_at_ms: null,
        repeats: row.repeats + 1,
        due_at_ms: now,
        change: JSON.stringify(stored),
      });
    }
  }
  return [];
}

function selectAllQueues(tables: MemoryTables, [names]: readonly unknown[]): SqlRow[] {
  const now = tick(tables);
  return (JSON.parse(names as string) as string[]).map((receiver) => {
    const rows = tables.notifications.filter((row) => row.receiver === receiver);
    const queued = rows.filter(({ state }) => state === 'queued');
    return {
      receiver,
      queued: queued.length,
      dead: rows.filter(({ state }) => state === 'dead').length,
      next_due_in_ms: queued.length === 0 ? null : Math.min(...queued.map((row) => row.due_at_ms)) - now,
    };
  });
}

function list(tables: MemoryTables, [state, receiver, alertId, limit]: readonly unknown[]): SqlRow[] {
  return tables.notifications
    .filter(
      (row) =>
        (state === null || row.state === state) &&
        (receiver === null || row.receiver === receiver) &&
        (alertId === null || row.alert_id === alertId),
    )
    .sort((a, b) => byId(b, a))
    .slice(0, limit as number);
}

function underWay(tables: MemoryTables, values: readonly unknown[]): MemoryNotification[] {
  const [receiver, messageId, attempts] = values;
  return tables.notifications.filter(
    (row) =>
      row.receiver === receiver &&
      row.message_id === messageId &&
      row.attempts === attempts &&
      row.state === 'queued',
  );
}

function change(
  tables: MemoryTables,
  row: MemoryNotification,
  values: Partial<MemoryNotification>,
): MemoryNotification {
  const changed: MemoryNotification = { ...row, ...values };
  replaceRow(tables.notifications, row, changed);
  return changed;
}

function byId(a: MemoryNotification, b: MemoryNotification): number {
  return Number(a.notification_id) - Number(b.notification_id);
}
