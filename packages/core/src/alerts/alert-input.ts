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
}

/** Which alerts `list` answers; all of the conditions hold. */
export interface AlertFilter {
  severity?: AlertSeverity | undefined;
  state?: AlertState | undefined;
  alertType?: string | undefined;
  /** How many at most, 1 to 10,000. Default 100. */
  limit?: number | undefined;
}
