import { describeValue } from '../arguments/describe-value.ts';
import { activeTrace, currentCorrelationId } from '../context/correlation-id.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { createStoreAccess } from '../storage/store-access.ts';
import type { StoreAccess } from '../storage/store-access.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import type { AlertChange, AlertChangeHook } from './alert-change.ts';
import type { AlertFilter, RaiseAlertInput } from './alert-input.ts';
import { resolveAlertOptions } from './alert-options.ts';
import type { AlertOptions, ResolvedAlertOptions } from './alert-options.ts';
import { rowToAlert } from './alert-row.ts';
import type { AlertRow } from './alert-row.ts';
import { raiseToChange, stepToChange } from './alert-steps.ts';
import type { StepRow } from './alert-steps.ts';
import {
  acknowledgeToValues,
  alertFilterToValues,
  raiseAlertToValues,
  resolveByFingerprintToValues,
  resolveToValues,
  toAlertId,
} from './alert-values.ts';
import type { Alert } from './alert.ts';
import type { AlertNotification, AlertNotificationFilter } from './delivery/notification.ts';
import { notificationFilterToValues, rowToNotification } from './delivery/notification.ts';
import type { NotificationRow } from './delivery/notification.ts';
import { selectNotifications } from './delivery/notifications.sql.ts';
import {
  acknowledgeAlert,
  resolveAlert,
  resolveOpenAlert,
  selectAlert,
  selectAlerts,
  upsertAlert,
} from './alerts.sql.ts';

/**
 * Alerts and what becomes of them: firing, acknowledged, resolved. While an alert is open, raising it again counts it up
 * instead of adding a row, however many processes raise it at once.
 *
 * Every call is awaited and rejects with an `ObservabilityError`; with the database away it rejects with `STORE_UNAVAILABLE`
 * after `timeoutMs` (default 5,000). The tables are made on first use.
 *
 * @example
 * ```ts
 * const alerts = new AlertManager(postgresStore(process.env.DATABASE_URL), { serviceName: 'orders' });
 * const { id } = await alerts.raise({ alertType: 'payment_failed', severity: 'error', title: 'Payments fail' });
 * await alerts.acknowledge(id, 'ann', 'looking at it');
 * await alerts.resolve(id, 'ann', 'the provider was down');
 * ```
 */
export class AlertManager {
  readonly #access: StoreAccess;
  readonly #options: ResolvedAlertOptions;
  readonly #onChange: AlertChangeHook | undefined;

  /**
   * @param store - where the rows go
   * @param options - `serviceName` says who raises alerts, `redact` masks what they say
   * @param onChange - what else is stored when an alert changes, in the same transaction; for `createObservability`, which tells
   * receivers. Default: nothing
   * @throws `INVALID_ARGUMENT` when `store` is not a store, `INVALID_OPTION` for a bad option
   */
  constructor(store: SqlStore, options: AlertOptions = {}, onChange?: AlertChangeHook) {
    this.#options = resolveAlertOptions(options);
    this.#onChange = onChange;
    this.#access = createStoreAccess(store, options);
  }

  /**
   * Raises an alert. While one with the same fingerprint is open, that one is counted up instead: `count` and
   * `lastTriggeredAt` move, message and metadata are replaced where they are given, the severity only ever grows, and an
   * acknowledgement stays. After it was resolved, the same fingerprint opens a new alert.
   *
   * @param input - `severity` is `info`, `warning`, `error` or `critical`
   * @returns the alert as it is now
   * @throws `INVALID_ARGUMENT`, and the codes of the store
   * @example `await alerts.raise({ alertType: 'queue_full', severity: 'warning', title: 'Orders pile up', metadata: { waiting } });`
   */
  async raise(input: RaiseAlertInput): Promise<Alert> {
    const context = {
      correlationId: currentCorrelationId() ?? null,
      traceId: activeTrace()?.traceId ?? null,
    };
    const values = raiseAlertToValues(input, this.#options, context);
    const row = await this.#step(upsertAlert, values, (raised) => raiseToChange(raised, input.severity));
    return rowToAlert(assertRow(row));
  }

  /**
   * Says that somebody has taken an alert on. The same person may do so again, and a new note replaces the old one.
   *
   * @param id - of the alert
   * @param by - who, 1 to 256 characters
   * @param note - what they say, 1 to 4,096 characters
   * @throws `ALERT_NOT_FOUND`; `ALERT_STATE_INVALID` when it is resolved, or somebody else has taken it on;
   * `INVALID_ARGUMENT`, and the codes of the store
   */
  async acknowledge(id: number, by: string, note?: string): Promise<Alert> {
    const values = acknowledgeToValues(id, by, note, this.#options.redact);
    const row = await this.#step<StepRow & { changed: boolean }>(acknowledgeAlert, values);
    if (row === undefined) {
      throw notFound(id);
    }
    const alert = rowToAlert(row);
    if (!row.changed) {
      throw cannotAcknowledge(alert);
    }
    return alert;
  }

  /**
   * Says that an alert is over, acknowledged or not. Resolving it again changes nothing and answers it as it is.
   *
   * @param id - of the alert
   * @param by - who, 1 to 256 characters. Default: `serviceName`
   * @param note - what they say, 1 to 4,096 characters
   * @throws `ALERT_NOT_FOUND`, `INVALID_ARGUMENT`, and the codes of the store
   */
  async resolve(id: number, by?: string, note?: string): Promise<Alert> {
    const row = await this.#step(resolveAlert, resolveToValues(id, by, note, this.#options));
    if (row === undefined) {
      throw notFound(id);
    }
    return rowToAlert(row);
  }

  /**
   * Resolves the open alert of a fingerprint, for code that raised it and now finds all well.
   *
   * @returns null when none was open
   * @throws `INVALID_ARGUMENT`, and the codes of the store
   */
  async resolveByFingerprint(fingerprint: string, by?: string, note?: string): Promise<Alert | null> {
    const values = resolveByFingerprintToValues(fingerprint, by, note, this.#options);
    const row = await this.#step(resolveOpenAlert, values);
    return row === undefined ? null : rowToAlert(row);
  }

  /**
   * An alert by its ID.
   * @returns null when there is none
   * @throws `INVALID_ARGUMENT`, and the codes of the store
   */
  async get(id: number): Promise<Alert | null> {
    const { rows } = await this.#access.query<AlertRow>(selectAlert, [toAlertId(id)]);
    return rows[0] === undefined ? null : rowToAlert(rows[0]);
  }

  /**
   * Alerts, the newest first.
   * @param filter - `severity`, `state`, `alertType` and `limit` (1 to 10,000, default 100)
   * @throws `INVALID_ARGUMENT`, and the codes of the store
   * @example `const open = await alerts.list({ state: 'firing', severity: 'critical' });`
   */
  async list(filter: AlertFilter = {}): Promise<Alert[]> {
    const { rows } = await this.#access.query<AlertRow>(selectAlerts, alertFilterToValues(filter));
    return rows.map(rowToAlert);
  }

  /**
   * What receivers were told of alerts, or are to be told, the newest first.
   *
   * @param filter - `state` (`queued`, `delivered` or `dead`: given up), `receiver`, `alertId` and `limit` (1 to 10,000,
   * default 100)
   * @throws `INVALID_ARGUMENT`, and the codes of the store
   * @example `const lost = await alerts.notifications({ state: 'dead' });`
   */
  async notifications(filter: AlertNotificationFilter = {}): Promise<AlertNotification[]> {
    const values = notificationFilterToValues(filter);
    const { rows } = await this.#access.query<NotificationRow>(selectNotifications, values);
    return rows.map(rowToNotification);
  }

  /** One step in the life of an alert, with what else is stored when it changes anything. */
  async #step<Row extends StepRow>(
    statement: string,
    values: readonly unknown[],
    toChange: (row: Row) => AlertChange | undefined = stepToChange,
  ): Promise<Row | undefined> {
    const onChange = this.#onChange;
    if (onChange === undefined) {
      return (await this.#access.query<Row>(statement, values)).rows[0];
    }
    return this.#access.transaction(async (sql) => {
      const row = (await sql.query<Row>(statement, values)).rows[0];
      const change = row === undefined ? undefined : toChange(row);
      for (const further of change === undefined ? [] : onChange(change)) {
        await sql.query(further.sql, further.values);
      }
      return row;
    });
  }
}

function assertRow(row: AlertRow | undefined): AlertRow {
  if (row === undefined) {
    throw new ObservabilityError(
      'STORE_FAILED',
      'The database answered no row for an alert. Does a rule or trigger on observability.alerts swallow it?',
    );
  }
  return row;
}

function notFound(id: number): ObservabilityError {
  return new ObservabilityError(
    'ALERT_NOT_FOUND',
    `There is no alert with the id ${id}. list() answers those there are.`,
  );
}

function cannotAcknowledge(alert: Alert): ObservabilityError {
  const why =
    alert.state === 'resolved'
      ? 'is resolved already. If the trouble is back, raise it again: that opens a new alert'
      : `was taken on by ${describeValue(alert.acknowledgedBy)} already. Ask them, or resolve it when it is over`;
  return new ObservabilityError('ALERT_STATE_INVALID', `The alert ${alert.id} ${why}.`);
}
