import { describeValue } from '../arguments/describe-value.ts';
import { activeTrace, currentCorrelationId } from '../context/correlation-id.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { createStoreAccess } from '../storage/store-access.ts';
import type { StoreAccess } from '../storage/store-access.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import type { AlertChangeHook } from './alert-change.ts';
import type { AlertFilter, RaiseAlertInput } from './alert-input.ts';
import { resolveAlertOptions } from './alert-options.ts';
import type { AlertOptions, ResolvedAlertOptions } from './alert-options.ts';
import { rowToHistoryEntry } from './alert-history.ts';
import type { AlertHistoryEntry, AlertHistoryRow } from './alert-history.ts';
import { rowToAlert } from './alert-row.ts';
import type { AlertRow, AlertStepRow } from './alert-row.ts';
import { runAlertStep } from './alert-step.ts';
import {
  acknowledgeToValues,
  alertFilterToValues,
  assertHeartbeatName,
  raiseAlertToValues,
  resolveByFingerprintToValues,
  resolveToValues,
  toAlertId,
} from './alert-values.ts';
import type { Alert } from './alert.ts';
import {
  acknowledgeAlert,
  resolveAlert,
  resolveOpenAlert,
  selectAlert,
  selectAlertEvents,
  selectAlerts,
  upsertAlert,
  upsertHeartbeat,
} from './alerts.sql.ts';
import type { AlertNotification, AlertNotificationFilter } from './delivery/notification.ts';
import { notificationFilterToValues, rowToNotification } from './delivery/notification.ts';
import type { NotificationRow } from './delivery/notification.ts';
import { selectNotifications } from './delivery/notifications.sql.ts';
import { endSilence, readSilences, setSilence } from './silences/silence-steps.ts';
import type { Silence, SilenceFilter, SilenceInput } from './silences/silence.ts';

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

  /**
   * @param store - where the rows go
   * @param options - `serviceName` says who raises alerts, `redact` masks what they say, `cooldownMs` (default 0) is how long a
   * resolved alert is not opened again
   * @param onChange - what else is stored when an alert changes, in the same transaction; `createObservability` tells receivers
   * by it. Default: nothing
   * @throws `INVALID_ARGUMENT` when `store` is not a store, `INVALID_OPTION` for a bad option
   */
  constructor(store: SqlStore, options: AlertOptions = {}, onChange?: AlertChangeHook) {
    this.#options = resolveAlertOptions(options, onChange);
    this.#access = createStoreAccess(store, options);
  }

  /**
   * Raises an alert. While one with the same fingerprint is open, that one is counted up instead: `count` and
   * `lastTriggeredAt` move, message and metadata are replaced where they are given, the severity only ever grows, and an
   * acknowledgement stays. After it was resolved, the same fingerprint opens a new alert; within `cooldownMs` it only counts up
   * `suppressedCount` of the resolved one, which is answered then.
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
    const row = await this.#step(upsertAlert, raiseAlertToValues(input, this.#options, context));
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
    const row = await this.#step<AlertStepRow & { is_refused: boolean }>(acknowledgeAlert, values);
    if (row === undefined) {
      throw notFound(id);
    }
    const alert = rowToAlert(row);
    if (row.is_refused) {
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
   * Every step of an alert, the oldest first: who did what, when, and what they said.
   * @throws `ALERT_NOT_FOUND`, `INVALID_ARGUMENT`, and the codes of the store
   */
  async history(id: number): Promise<AlertHistoryEntry[]> {
    const { rows } = await this.#access.query<AlertHistoryRow>(selectAlertEvents, [toAlertId(id)]);
    if (rows.length === 0) {
      throw notFound(id);
    }
    return rows.filter((row) => row.event_id !== null).map(rowToHistoryEntry);
  }

  /**
   * Keeps matching alerts from being told for a while. They are stored as ever, with `silencedUntil`. While a silence with the
   * same matchers is in force, that one is made longer instead, never shorter: take it back for that.
   *
   * @param input - `matchers` with `*` and `?`, its end as `until` or `forMs`, `by`, and why as `note`
   * @throws `INVALID_ARGUMENT`, and the codes of the store
   * @example `await alerts.silence({ matchers: { labels: { queue: 'mail*' } }, forMs: 3_600_000, by: 'ann', note: 'moving it' });`
   */
  silence(input: SilenceInput): Promise<Silence> {
    return setSilence(this.#access, input, this.#options);
  }

  /**
   * Takes a silence back; alerts it kept are told again. Repeating it changes nothing.
   *
   * @param id - of the silence
   * @param by - who, 1 to 256 characters. Default: `serviceName`
   * @throws `SILENCE_NOT_FOUND`, `INVALID_ARGUMENT`, and the codes of the store
   */
  unsilence(id: number, by?: string): Promise<Silence> {
    return endSilence(this.#access, id, by, this.#options);
  }

  /**
   * The silences in force, the newest first.
   * @param filter - `includeEnded` answers the others as well; `limit` (1 to 10,000, default 100)
   * @throws `INVALID_ARGUMENT`, and the codes of the store
   */
  silences(filter: SilenceFilter = {}): Promise<Silence[]> {
    return readSilences(this.#access, filter);
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

  /**
   * Tells that something is alive, for example at the end of a nightly job; a rule of the kind `heartbeat` fires when none came
   * in time.
   *
   * @param name - 1 to 128 characters, the same for all services of a database
   * @throws `INVALID_ARGUMENT`, and the codes of the store
   * @example `await alerts.heartbeat('nightly-backup');`
   */
  async heartbeat(name: string): Promise<void> {
    assertHeartbeatName(name);
    await this.#access.query(upsertHeartbeat, [name, this.#options.serviceName]);
  }

  /** A statement by itself is a transaction; one is begun only where something else belongs to it. */
  async #step<Row extends AlertStepRow>(
    statement: string,
    values: readonly unknown[],
  ): Promise<Row | undefined> {
    const { onChange } = this.#options;
    const rows = await (onChange === undefined
      ? runAlertStep<Row>(this.#access, [statement, values], undefined)
      : this.#access.transaction((sql) => runAlertStep<Row>(sql, [statement, values], onChange)));
    return rows[0];
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
