import type { AlertChange } from './alert-change.ts';
import { rowToAlert } from './alert-row.ts';
import type { AlertRow } from './alert-row.ts';
import { ALERT_SEVERITIES } from './alert.ts';
import type { Alert, AlertState } from './alert.ts';

/** What a step has answered: the alert, and how it was before. */
export interface StepRow extends AlertRow {
  /** Of a raise; null where the alert was opened by it, or is being opened at this moment by another process. */
  previous_severity?: string | null;
  /** Of the other steps; null where nothing changed. */
  previous_state?: string | null;
}

/** The change that a raise has made: the alert was opened, or it has grown worse. */
export function raiseToChange(row: StepRow, severity: string): AlertChange | undefined {
  const alert = rowToAlert(row);
  if (alert.count === 1) {
    return { alert, from: null, to: alert.state, at: alert.triggeredAt };
  }
  // Where it is not known how bad it was, another process has just opened it: told as grown, which is the same where it was as bad.
  const isWorse =
    row.previous_severity === null
      ? alert.severity === severity
      : rank(severity) > rank(row.previous_severity ?? severity);
  return isWorse ? { alert, from: alert.state, to: alert.state, at: alert.lastTriggeredAt } : undefined;
}

/** The change that an acknowledgement or a resolution has made; undefined where the alert was so already. */
export function stepToChange(row: StepRow): AlertChange | undefined {
  const alert = rowToAlert(row);
  const from = (row.previous_state ?? null) as AlertState | null;
  if (from === null || from === alert.state) {
    return undefined;
  }
  const { at, by, note } = lastStep(alert);
  return {
    alert,
    from,
    to: alert.state,
    at,
    ...(by === null ? {} : { by }),
    ...(note === null ? {} : { note }),
  };
}

function lastStep(alert: Alert): { at: Date; by: string | null; note: string | null } {
  return alert.state === 'resolved'
    ? { at: alert.resolvedAt ?? alert.lastTriggeredAt, by: alert.resolvedBy, note: alert.resolvedNote }
    : {
        at: alert.acknowledgedAt ?? alert.lastTriggeredAt,
        by: alert.acknowledgedBy,
        note: alert.acknowledgedNote,
      };
}

function rank(severity: string): number {
  return (ALERT_SEVERITIES as readonly string[]).indexOf(severity);
}
