import type { AlertChange } from '../alert-change.ts';
import { ALERT_SEVERITIES } from '../alert.ts';
import type { AlertSeverity, AlertState } from '../alert.ts';
import type { AlertEvent, AlertMessage, AlertNotice } from './alert-message.ts';
import { noticesToText, noticesToTitle } from './message-text.ts';
import type { AlertLink } from './receiver-options.ts';

/** A row that was claimed, as far as a message needs it. */
export interface ClaimedChange {
  idempotencyKey: string;
  repeats: number;
  change: AlertChange;
}

/** Makes the message for a group of changes. Pure: the same rows make the same message. */
export function composeMessage(
  messageId: string,
  receiver: string,
  claimed: readonly ClaimedChange[],
  linkTo: AlertLink,
): AlertMessage {
  const notices = claimed
    .map((each) => toNotice(each, linkTo))
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  const latest = latestNotices(notices);
  return {
    idempotencyKey: messageId,
    receiver,
    status: worstState(latest),
    severity: worstSeverity(latest),
    title: noticesToTitle(latest),
    text: noticesToText(latest),
    notices,
  };
}

/** The last notice of each alert, the worst first: what is true now. */
export function latestNotices(notices: readonly AlertNotice[]): AlertNotice[] {
  const byAlert = new Map(notices.map((notice) => [notice.alert.id, notice]));
  const rank = ({ to, alert }: AlertNotice): number =>
    STATES.indexOf(to) * ALERT_SEVERITIES.length - ALERT_SEVERITIES.indexOf(alert.severity);
  return [...byAlert.values()].sort((a, b) => rank(a) - rank(b) || a.alert.id - b.alert.id);
}

const STATES: readonly AlertState[] = ['firing', 'acknowledged', 'resolved'];

function worstState(latest: readonly AlertNotice[]): AlertState {
  return STATES.find((state) => latest.some(({ to }) => to === state)) ?? 'resolved';
}

function worstSeverity(latest: readonly AlertNotice[]): AlertSeverity {
  const open = latest.filter(({ to }) => to !== 'resolved');
  const counted = (open.length === 0 ? latest : open).map(({ alert }) => alert.severity);
  return ALERT_SEVERITIES.findLast((severity) => counted.includes(severity)) ?? 'info';
}

function toNotice({ idempotencyKey, repeats, change }: ClaimedChange, linkTo: AlertLink): AlertNotice {
  const { alert, from, to, at, by, note } = change;
  return {
    idempotencyKey: repeats === 0 ? idempotencyKey : `${idempotencyKey}/repeat/${repeats}`,
    event: toEvent(change, repeats),
    from,
    // A repeat tells what is, also where somebody has taken the alert on since.
    to: repeats === 0 ? to : alert.state,
    at,
    by: by ?? null,
    note: note ?? null,
    alert,
    link: linkTo(alert) ?? null,
  };
}

function toEvent({ from, to, note }: AlertChange, repeats: number): AlertEvent {
  if (repeats > 0) {
    return 'repeated';
  }
  if (from === to) {
    // A step that leaves the state as it is says in its note what it was.
    return note?.endsWith('no longer silenced') === true ? 'unsilenced' : 'escalated';
  }
  if (to !== 'firing') {
    return to;
  }
  return from === null ? 'opened' : 'reopened';
}
