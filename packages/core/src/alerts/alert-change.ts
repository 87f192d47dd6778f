import type { Alert, AlertState } from './alert.ts';

/** One step in the life of an alert. */
export interface AlertChange {
  /** The alert as it is after the step. */
  alert: Alert;
  /** Where it was; null when it was opened by the step. */
  from: AlertState | null;
  /** Where it is now. */
  to: AlertState;
  /** When, by the clock of the database. */
  at: Date;
  /** Who did it; absent when nobody said. */
  by?: string | undefined;
  /** What they said. */
  note?: string | undefined;
}

/** One statement with its parameters. */
export interface SqlStatement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * What else is to be stored when an alert changes its state. The statements run in the transaction of the change, after it, so
 * that both are stored or neither is. It is called once per change and must be pure: it runs again when a transaction does.
 */
export type AlertChangeHook = (change: AlertChange) => readonly SqlStatement[];
