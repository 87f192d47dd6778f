import type { Alert, AlertSeverity, AlertState } from '../alert.ts';

/** What has happened to an alert. */
export type AlertEvent =
  | 'opened'
  | 'escalated'
  | 'unsilenced'
  | 'repeated'
  | 'acknowledged'
  | 'resolved'
  | 'reopened';

/** One change in a message. */
export interface AlertNotice {
  /** Names the change; the same however often it is told. */
  idempotencyKey: string;
  event: AlertEvent;
  from: AlertState | null;
  to: AlertState;
  /** When, by the clock of the database. */
  at: Date;
  /** Who did it; null when nobody said. */
  by: string | null;
  /** What they said. */
  note: string | null;
  /** The alert as it was then. */
  alert: Alert;
  /** Address of a page about it, as `linkTo` has answered; null without. */
  link: string | null;
}

/** What a receiver is told at once. */
export interface AlertMessage {
  /** The same for every attempt to deliver it: what comes twice can be told by it. */
  idempotencyKey: string;
  /** Name of the receiver. */
  receiver: string;
  /** `firing` while one of the alerts is, else `acknowledged` or `resolved`. */
  status: AlertState;
  /** The worst of those that are not resolved, else of all. */
  severity: AlertSeverity;
  /** One line. */
  title: string;
  /** All of it in plain English, several lines. */
  text: string;
  /** The changes in their order. */
  notices: readonly AlertNotice[];
}
