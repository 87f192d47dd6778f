import { assertArguments, assertLimit } from '../../arguments/assert-arguments.ts';
import { describeValue } from '../../arguments/describe-value.ts';
import { ObservabilityError } from '../../errors/observability-error.ts';
import { epochMsToDate, epochMsToDateOrNull } from '../../storage/row-values.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import type { AlertState } from '../alert.ts';
import { toAlertId } from '../alert-values.ts';
import { jsonToChange } from './stored-change.ts';

/** `queued`: to be told, or told again after a failure; `dead`: given up. */
export const NOTIFICATION_STATES = ['queued', 'delivered', 'dead'] as const;

/** What has become of it. */
export type NotificationState = (typeof NOTIFICATION_STATES)[number];

/** One change of an alert that one receiver is told of. */
export interface AlertNotification {
  /** Running number, as text: it may be larger than a number can hold. */
  id: string;
  receiver: string;
  /** Names the change; stored once for each receiver. */
  idempotencyKey: string;
  alertId: number;
  /** Where the alert was; null when the change opened it. */
  from: AlertState | null;
  to: AlertState;
  /** Title of the alert. */
  title: string;
  state: NotificationState;
  /** Message it is told in, with others of its group; null before the first attempt. */
  messageId: string | null;
  /** Attempts since it was last queued. */
  attempts: number;
  /** How often it was told again because the alert went on. */
  repeats: number;
  /** Why the last attempt failed; null when it did not. */
  lastError: string | null;
  createdAt: Date;
  /** When it may be sent, or sent again. */
  dueAt: Date;
  lastAttemptAt: Date | null;
  /** When it was delivered or given up. */
  settledAt: Date | null;
}

/** Which notifications are answered; all of the conditions hold. */
export interface AlertNotificationFilter {
  state?: NotificationState | undefined;
  receiver?: string | undefined;
  alertId?: number | undefined;
  /** How many at most, 1 to 10,000. Default 100. */
  limit?: number | undefined;
}

/** The columns of `selectNotifications`. */
export interface NotificationRow extends SqlRow {
  notification_id: string;
  receiver: string;
  idempotency_key: string;
  alert_id: number;
  state: string;
  message_id: string | null;
  attempts: number;
  repeats: number;
  last_error: string | null;
  change: unknown;
  created_at_ms: number;
  due_at_ms: number;
  last_attempt_at_ms: number | null;
  settled_at_ms: number | null;
}

/** Checks the argument of `notifications` and puts it in the order of `selectNotifications`. */
export function notificationFilterToValues(
  filter: AlertNotificationFilter,
): readonly (string | number | null)[] {
  assertArguments(filter, 'The argument of notifications', "{ state: 'dead', limit: 10 }");
  const { state, receiver, alertId, limit = 100 } = filter;
  if (state !== undefined && !NOTIFICATION_STATES.includes(state)) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `state is ${describeValue(state)}; expected one of ${NOTIFICATION_STATES.join(', ')}.`,
    );
  }
  if (receiver !== undefined && (typeof receiver !== 'string' || !/^[\w.-]{1,64}$/.test(receiver))) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `receiver is ${describeValue(receiver)}; expected the name of a receiver, 1 to 64 characters.`,
    );
  }
  assertLimit(limit);
  return [state ?? null, receiver ?? null, alertId === undefined ? null : toAlertId(alertId), limit];
}

/** A row of `observability.alert_notifications` as the API answers it. */
export function rowToNotification(row: NotificationRow): AlertNotification {
  const { alert, from, to } = jsonToChange(row.change);
  return {
    id: row.notification_id,
    receiver: row.receiver,
    idempotencyKey: row.idempotency_key,
    alertId: row.alert_id,
    from,
    to,
    title: alert.title,
    state: row.state as NotificationState,
    messageId: row.message_id,
    attempts: row.attempts,
    repeats: row.repeats,
    lastError: row.last_error,
    createdAt: epochMsToDate(row.created_at_ms),
    dueAt: epochMsToDate(row.due_at_ms),
    lastAttemptAt: epochMsToDateOrNull(row.last_attempt_at_ms),
    settledAt: epochMsToDateOrNull(row.settled_at_ms),
  };
}
