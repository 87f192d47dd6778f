import type { JsonValue } from '../sanitize/clean-json.ts';

/** How bad it is, from the least to the worst. */
export const ALERT_SEVERITIES = ['info', 'warning', 'error', 'critical'] as const;

/** How bad it is. */
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

/** `firing`: nobody has taken it on; `acknowledged`: somebody has; `resolved`: over. The first two are open. */
export const ALERT_STATES = ['firing', 'acknowledged', 'resolved'] as const;

/** What has become of it. */
export type AlertState = (typeof ALERT_STATES)[number];

/** Something a person should know, and what became of it. */
export interface Alert {
  id: number;
  /** Kind of alert, for example `payment_failed`. */
  alertType: string;
  /** The worst severity it was raised with while open. */
  severity: AlertSeverity;
  /** One line for people. */
  title: string;
  /** What happened, as last told. */
  message: string;
  state: AlertState;
  /** How often it was raised while open. */
  count: number;
  /** Alerts with the same fingerprint are one while open. */
  fingerprint: string;
  /** Details, as last told. */
  metadata: Record<string, JsonValue>;
  /** What it is about, as it was first raised; silences match them. */
  labels: Record<string, string>;
  /** Service that raised it first. */
  serviceName: string | null;
  /** Correlation ID under which it was first raised. */
  correlationId: string | null;
  /** Trace in which it was first raised. */
  traceId: string | null;
  /** When it was first raised, by the clock of the database. */
  triggeredAt: Date;
  /** When it was last raised. */
  lastTriggeredAt: Date;
  acknowledgedAt: Date | null;
  acknowledgedBy: string | null;
  acknowledgedNote: string | null;
  resolvedAt: Date | null;
  resolvedBy: string | null;
  resolvedNote: string | null;
  /** Nobody is to be told of it before; null when no silence matches it. */
  silencedUntil: Date | null;
  /** Its rule was met and not met again and again: it stays open until that is over. */
  isFlapping: boolean;
  /** How often it was raised again too soon after it was resolved (`cooldownMs`), and not opened for it. */
  suppressedCount: number;
}
