import type { AlertMessage, AlertNotice } from '../alert-message.ts';
import { latestNotices } from '../compose-message.ts';
import { cutText } from '../message-text.ts';
import type { AlertmanagerReceiver } from '../receiver-options.ts';
import type { AlertSender } from '../send-outcome.ts';
import { postJson } from './post-json.ts';

/** An alert as the API v2 of Alertmanager takes it. */
export interface AlertmanagerAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
  generatorURL?: string;
}

const MAX_ANNOTATION_CHARACTERS = 4_000;

/** An alert that is not sent again for so many intervals is over, as Prometheus has it for its own. */
const INTERVALS_UNTIL_OVER = 4;

/**
 * The alerts of a message as Alertmanager takes them, each as it is last. It knows nothing of alerts that somebody has taken on:
 * they go on firing there.
 *
 * @param resendIntervalMs how often an open alert is sent again
 * @source https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */
export function messageToAlertmanager(
  { notices }: AlertMessage,
  { labels, resendIntervalMs, nowMs }: AlertmanagerTimes,
): AlertmanagerAlert[] {
  return latestNotices(notices).map((notice) => {
    const { alert, link } = notice;
    return {
      labels: toLabels(notice, labels),
      annotations: toAnnotations(notice),
      startsAt: alert.triggeredAt.toISOString(),
      endsAt: (notice.to === 'resolved'
        ? (alert.resolvedAt ?? notice.at)
        : new Date(nowMs + INTERVALS_UNTIL_OVER * resendIntervalMs)
      ).toISOString(),
      ...(link === null ? {} : { generatorURL: link }),
    };
  });
}

/** What the times and labels of an alert depend on. */
export interface AlertmanagerTimes {
  readonly labels: Readonly<Record<string, string>>;
  readonly resendIntervalMs: number;
  /** Epoch milliseconds of the attempt. */
  readonly nowMs: number;
}

/** Sends to an Alertmanager. */
export function createAlertmanagerSender(
  { url, headers, labels = {} }: AlertmanagerReceiver,
  resendIntervalMs: number,
): AlertSender {
  const address = `${url.replace(/\/+$/, '')}/api/v2/alerts`;
  return (message, context) =>
    postJson(
      {
        url: address,
        body: JSON.stringify(
          messageToAlertmanager(message, { labels, resendIntervalMs, nowMs: context.nowMs }),
        ),
        headers: { ...headers, 'idempotency-key': message.idempotencyKey },
      },
      context,
    );
}

/**
 * The labels are what an alert is known by, so they hold nothing that changes while it is open but its severity. Those of the
 * alert take the names that every version of Alertmanager knows: `db.pool` is `db_pool`.
 */
function toLabels({ alert }: AlertNotice, labels: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(alert.labels).map(([name, value]) => [toLabelName(name), value]);
  return {
    ...Object.fromEntries(own),
    ...labels,
    alertname: alert.alertType,
    severity: alert.severity,
    alert_id: String(alert.id),
    ...(alert.serviceName === null ? {} : { service: alert.serviceName }),
  };
}

function toLabelName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');
}

function toAnnotations({ alert }: AlertNotice): Record<string, string> {
  return {
    summary: alert.title,
    ...(alert.message === '' ? {} : { description: cutText(alert.message, MAX_ANNOTATION_CHARACTERS) }),
    ...(alert.traceId === null ? {} : { trace_id: alert.traceId }),
    ...(alert.acknowledgedBy === null ? {} : { acknowledged_by: alert.acknowledgedBy }),
  };
}
