import { epochMsToDate } from '../storage/row-values.ts';
import type { SqlRow } from '../storage/sql-store.ts';
import type { AlertState } from './alert.ts';

/** One step of an alert, as `history` answers it. */
export interface AlertHistoryEntry {
  /** When, by the clock of the database. */
  at: Date;
  /** State before; null when it was opened. */
  from: AlertState | null;
  /** State after; the same as before where it grew more severe, was noted on, or its silence began or ended. */
  to: AlertState;
  /** Who or what did it; null when nobody said. */
  by: string | null;
  /** What they said. */
  note: string | null;
  /** Trace in which it was done. */
  traceId: string | null;
}

/** The columns of `selectAlertEvents`. */
export interface AlertHistoryRow extends SqlRow {
  event_id: string | null;
  from_state: string | null;
  to_state: string;
  actor: string | null;
  note: string | null;
  trace_id: string | null;
  occurred_at_ms: number;
}

/** A row of `observability.alert_events` as the API answers it. */
export function rowToHistoryEntry(row: AlertHistoryRow): AlertHistoryEntry {
  return {
    at: epochMsToDate(row.occurred_at_ms),
    from: row.from_state as AlertState | null,
    to: row.to_state as AlertState,
    by: row.actor,
    note: row.note,
    traceId: row.trace_id,
  };
}
