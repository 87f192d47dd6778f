import type { AlertMessage, AlertNotice } from '../alert-message.ts';
import { latestNotices } from '../compose-message.ts';
import { cutText, noticeToDetails, noticeToHeadline, oneLine } from '../message-text.ts';
import type { SlackReceiver } from '../receiver-options.ts';
import type { AlertSender } from '../send-outcome.ts';
import { postJson } from './post-json.ts';

/** A part of a message. */
export interface SlackBlock {
  type: 'header' | 'section';
  text: { type: 'plain_text' | 'mrkdwn'; text: string };
}

/** What an incoming webhook takes. */
export interface SlackMessage {
  /** For notifications, and for what shows no blocks. */
  text: string;
  blocks: SlackBlock[];
}

const MAX_BLOCKS = 50;
const MAX_TEXT_CHARACTERS = 3_000;
const MAX_HEADER_CHARACTERS = 150;

const SIGNS: Readonly<Record<string, string>> = {
  firing: ':red_circle:',
  acknowledged: ':large_yellow_circle:',
  resolved: ':large_green_circle:',
};

/**
 * A message as Slack takes it: a header, a section for each alert, and how many more there are. What alerts say is escaped, so that
 * it can neither mention anybody nor make a link.
 *
 * @source https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/messaging/formatting-message-text
 */
export function messageToSlack({ title, notices }: AlertMessage): SlackMessage {
  const latest = latestNotices(notices);
  // One block is the header, and one may be needed to tell of the rest.
  const room = latest.length <= MAX_BLOCKS - 1 ? latest.length : MAX_BLOCKS - 2;
  const rest = latest.length - room;
  return {
    text: cutEscaped(escapeMrkdwn(oneLine(title)), MAX_TEXT_CHARACTERS),
    blocks: [
      {
        type: 'header',
        text: { type: 'plain_text', text: cutText(oneLine(title), MAX_HEADER_CHARACTERS) },
      },
      ...latest.slice(0, room).map((notice) => section(noticeToMrkdwn(notice))),
      ...(rest > 0 ? [section(`And ${rest} more.`)] : []),
    ],
  };
}

/** Sends to an incoming webhook. */
export function createSlackSender({ url, headers }: SlackReceiver): AlertSender {
  return (message, context) =>
    postJson(
      {
        url,
        body: JSON.stringify(messageToSlack(message)),
        headers: { ...headers, 'idempotency-key': message.idempotencyKey },
      },
      context,
    );
}

/** The three characters with a meaning. @source https://docs.slack.dev/messaging/formatting-message-text#escaping */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function noticeToMrkdwn(notice: AlertNotice): string {
  const { alert, link } = notice;
  // A star would end the bold text.
  const headline = escapeMrkdwn(noticeToHeadline(notice)).replaceAll('*', '\u2217');
  const tail = [
    // The parser of URLs leaves no bracket in it; a bar would end the address.
    ...(link === null ? [] : [`<${link.replaceAll('|', '%7C').replaceAll('&', '&amp;')}|Open>`]),
    ...(alert.traceId === null ? [] : [`Trace: ${escapeMrkdwn(alert.traceId)}`]),
  ].join('  ');
  const details = escapeMrkdwn(noticeToDetails(notice).join('\n'));
  const head = `${SIGNS[notice.to] ?? ''} *${cutEscaped(headline, 1_000)}*\n`;
  // What alerts say is cut and not the link, which would lose its end.
  const room = MAX_TEXT_CHARACTERS - head.length - tail.length - 1;
  return `${head}${cutEscaped(details, Math.max(1, room))}${tail === '' ? '' : `\n${tail}`}`;
}

function section(text: string): SlackBlock {
  return { type: 'section', text: { type: 'mrkdwn', text } };
}

/** Cuts, and leaves no half of `&amp;` at the end. */
function cutEscaped(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters
    ? text
    : `${cutText(text, maxCharacters)
        .slice(0, -1)
        .replace(/&[a-z]{0,3}$/, '')}…`;
}
