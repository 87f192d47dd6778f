import type { AlertNotice } from './alert-message.ts';

const MAX_ALERTS = 50;
const MAX_MESSAGE_CHARACTERS = 1_000;
const MAX_TITLE_CHARACTERS = 200;

const EVENTS: Readonly<Record<AlertNotice['event'], string>> = {
  opened: 'Firing',
  escalated: 'Worse than before',
  unsilenced: 'No longer silenced',
  repeated: 'Still open',
  reopened: 'Firing again',
  acknowledged: 'Taken on',
  resolved: 'Resolved',
};

/** One line: what is the matter, and how many more. @param latest the last notice of each alert, the worst first */
export function noticesToTitle(latest: readonly AlertNotice[]): string {
  const [first] = latest;
  if (first === undefined) {
    return 'No alerts';
  }
  const title = cutText(oneLine(first.alert.title), MAX_TITLE_CHARACTERS);
  if (latest.length === 1) {
    return `[${stateOf(first)}] ${title}`;
  }
  const states = ['firing', 'acknowledged', 'resolved'];
  const counts = states
    .map((state) => [latest.filter(({ to }) => to === state).length, state] as const)
    .filter(([count]) => count > 0)
    .map(([count, state]) => `${count} ${state}`);
  return `[${counts.join(', ')}] ${title}, and ${latest.length - 1} more`;
}

/** All of it in plain English. @param latest the last notice of each alert, the worst first */
export function noticesToText(latest: readonly AlertNotice[]): string {
  const shown = latest.slice(0, MAX_ALERTS).map((notice) => noticeToLines(notice).join('\n'));
  const rest = latest.length - shown.length;
  return [...shown, ...(rest > 0 ? [`And ${rest} more.`] : [])].join('\n\n');
}

/** The lines that tell of one alert. */
export function noticeToLines(notice: AlertNotice): string[] {
  const { alert, link } = notice;
  return [noticeToHeadline(notice), ...noticeToDetails(notice), ...(link === null ? [] : [link])].concat(
    alert.traceId === null ? [] : [`Trace: ${alert.traceId}`],
  );
}

/** `Firing (critical): Payments fail` */
export function noticeToHeadline({ event, alert }: AlertNotice): string {
  return `${EVENTS[event]} (${alert.severity}): ${oneLine(alert.title)}`;
}

/** Since when, how often, who, and what the alert itself says. */
export function noticeToDetails(notice: AlertNotice): string[] {
  const { alert } = notice;
  const times = alert.count === 1 ? 'once' : `${alert.count} times`;
  const service = alert.serviceName === null ? '' : `, from ${oneLine(alert.serviceName)}`;
  const facts = `${oneLine(alert.alertType)}${service}: since ${formatTime(alert.triggeredAt)}, seen ${times}.`;
  return [
    facts,
    ...whoDidIt(notice),
    ...(alert.message.trim() === '' ? [] : [cutText(alert.message.trim(), MAX_MESSAGE_CHARACTERS)]),
  ];
}

function whoDidIt({ event, at, by, note }: AlertNotice): string[] {
  if (event !== 'acknowledged' && event !== 'resolved') {
    return [];
  }
  const who = by === null ? '' : ` by ${oneLine(by)}`;
  const what = event === 'resolved' ? 'Resolved' : 'Taken on';
  const why = note === null ? '' : ` ${cutText(oneLine(note), MAX_MESSAGE_CHARACTERS)}`;
  return [`${what}${who} at ${formatTime(at)}.${why}`];
}

function stateOf({ to, alert }: AlertNotice): string {
  return to === 'firing' ? `firing, ${alert.severity}` : to;
}

/** `2026-11-28 11:57:26 UTC`: the same for everybody, wherever the process and the reader are. */
export function formatTime(time: Date): string {
  return Number.isFinite(time.getTime())
    ? `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`
    : 'unknown';
}

/** Without line breaks and other control characters. */
export function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
}

/** At most so many characters, the last of them `…`, and no half of a pair at the end. */
export function cutText(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters
    ? text
    : `${text.slice(0, maxCharacters - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
