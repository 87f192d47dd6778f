import type { Metadata } from '../arguments/metadata.ts';
import type { AlertSeverity, AlertState } from './alert.ts';

/** What `raise` takes. */
export interface RaiseAlertInput {
  /** Kind of alert, 1 to 128 characters, for example `payment_failed`. */
  alertType: string;
  /** How bad it is. */
  severity: AlertSeverity;
  /** One line for people, 1 to 512 characters. */
  title: string;
  /** What happened, at most 65,536 characters. Default: as it was told before, else empty. */
  message?: string | undefined;
  /** Details, at most 1 MiB. Default: as they were told before, else none. */
  metadata?: Metadata | undefined;
  /**
   * 1 to 256 characters; alerts with the same fingerprint are one while open. Default: a SHA-256 of `alertType`, `title` and
   * the service's name, so give one when the title holds numbers or names that change.
   */
  fingerprint?: string | undefined;
  /**
   * What it is about, for silences and receivers: `{ queue: 'mail' }`. At most 64 labels. Default none. An open alert keeps those it
   * was first raised with.
   */
  labels?: AlertLabels | undefined;
  /**
   * Milliseconds after it was resolved in which it is not opened again: what comes is counted in `suppressedCount` of the
   * resolved one, which is what `raise` then answers. At most 31 days. Default: `cooldownMs` of the manager.
   */
  cooldownMs?: number | undefined;
}

/** Labels of an alert, each as text. */
export type AlertLabels = Readonly<Record<string, string | number | boolean>>;

/** Which alerts `list` answers; all of the conditions hold. */
export interface AlertFilter {
  severity?: AlertSeverity | undefined;
  state?: AlertState | undefined;
  alertType?: string | undefined;
  /** How many at most, 1 to 10,000. Default 100. */
  limit?: number | undefined;
}
