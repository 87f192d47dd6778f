import type { AlertChange, SqlStatement } from '../alert-change.ts';
import type { ResolvedDelivery, ResolvedReceiver } from './delivery-options.ts';
import { insertNotification } from './notifications.sql.ts';
import { changeToJson } from './stored-change.ts';

/**
 * What is to be stored so that everybody is told of a change: a row for each receiver, to be written in the transaction of the
 * change. Nobody is told of an alert that is silenced; the end of its silence is a change of its own. Pure, and never throws.
 * @param told names of receivers that know already
 */
export function notificationsFor(
  change: AlertChange,
  delivery: ResolvedDelivery,
  told: ReadonlySet<string> = new Set(),
): readonly SqlStatement[] {
  if (isSilenced(change)) {
    return [];
  }
  const names = receiversOf(change, delivery).filter((name) => !told.has(name));
  if (names.length === 0) {
    return [];
  }
  const json = changeToJson(change);
  const key = changeToKey(change);
  const group = delivery.groupKey(change.alert);
  return names.map((name) => ({
    sql: insertNotification,
    values: [name, key, change.alert.id, group, json, delivery.groupWaitMs, delivery.groupIntervalMs],
  }));
}

/** Names of the receivers that are told of a change. */
export function receiversOf(change: AlertChange, delivery: ResolvedDelivery): string[] {
  const names = delivery.route(change.alert);
  return delivery.receivers
    .filter((receiver) => names.includes(receiver.name) && wants(receiver, change))
    .map(({ name }) => name);
}

/**
 * Names a change. An alert is opened once and grows to each severity once, so these need no time: told twice, by two processes that
 * raise it at once, they are one.
 */
export function changeToKey({ alert, from, to, at }: AlertChange): string {
  return from === null || from === to
    ? `${alert.id}/${to}/${alert.severity}`
    : `${alert.id}/${to}/${at.getTime()}`;
}

function isSilenced({ alert: { silencedUntil }, at }: AlertChange): boolean {
  return silencedUntil !== null && silencedUntil > at;
}

function wants(receiver: ResolvedReceiver, { from, to }: AlertChange): boolean {
  // An alert that has grown worse, whoever has taken it on.
  if (from === to) {
    return true;
  }
  switch (to) {
    case 'firing':
      return true;
    case 'acknowledged':
      return receiver.sendAcknowledged;
    case 'resolved':
      return receiver.sendResolved;
  }
}
