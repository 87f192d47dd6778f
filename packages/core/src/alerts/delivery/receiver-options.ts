import type { Alert } from '../alert.ts';
import type { AlertMessage } from './alert-message.ts';
import type { EmailTransport } from './receivers/email-transport.ts';

/** What every receiver may have. */
export interface ReceiverSettings {
  /** Milliseconds one attempt may take, 100 to 300,000. Default 10,000: what takes longer than a person waits is broken. */
  timeoutMs?: number | undefined;
  /** Whether it is told when somebody takes an alert on. Default true. */
  sendAcknowledged?: boolean | undefined;
  /** Whether it is told when an alert is over. Default true. */
  sendResolved?: boolean | undefined;
}

/** What every receiver over HTTP has. Redirects are not followed. */
export interface HttpReceiverSettings extends ReceiverSettings {
  /** `http:` or `https:`. It is the operator's own, so no host is forbidden. */
  url: string;
  /** Further headers, for example `{ authorization: 'Bearer …' }`. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** JSON to a URL, signed in the form of Standard Webhooks where there is a secret. */
export interface WebhookReceiver extends HttpReceiverSettings {
  kind: 'webhook';
  /**
   * `whsec_` and 24 to 64 bytes in base64: `whsec_$(openssl rand -base64 32)`. Several while a secret is being replaced; the
   * message is then signed with each. Default: not signed.
   */
  secret?: string | readonly string[] | undefined;
}

/** An incoming webhook of Slack, or of what takes the same: Mattermost, Rocket.Chat, Discord with `/slack` at the end. */
export interface SlackReceiver extends HttpReceiverSettings {
  kind: 'slack';
}

/** A Prometheus Alertmanager, by its API v2. */
export interface AlertmanagerReceiver extends HttpReceiverSettings {
  kind: 'alertmanager';
  /** Labels for every alert, for example `{ cluster: 'eu-1' }`. Ours win. Default none. */
  labels?: Readonly<Record<string, string>> | undefined;
  /**
   * Milliseconds after which an open alert is sent again, 1,000 to 86,400,000. Default 60,000: Alertmanager takes an alert for
   * resolved that it has not heard of for a while, here for four times as long.
   */
  resendIntervalMs?: number | undefined;
}

/** E-mail by the package `nodemailer`, which is an optional peer. */
export interface EmailReceiver extends ReceiverSettings {
  kind: 'email';
  /** URL such as `smtps://user:password@mail.example.org`, the options of `nodemailer.createTransport`, or a transport. */
  transport: string | EmailTransport | Readonly<Record<string, unknown>>;
  /** Address of the sender. */
  from: string;
  /** Addresses that get it. */
  to: string | readonly string[];
}

/** A line in the log of the application. */
export interface LogReceiver extends ReceiverSettings {
  kind: 'log';
}

/** A function of the application. */
export interface NotifyReceiver extends ReceiverSettings {
  kind: 'notify';
  /** Resolves when it is told; a rejection is tried again. `signal` aborts when the time is up. */
  notify: (message: AlertMessage, context: { signal: AbortSignal }) => unknown;
}

/** Whom to tell. */
export type AlertReceiver =
  | WebhookReceiver
  | SlackReceiver
  | AlertmanagerReceiver
  | EmailReceiver
  | LogReceiver
  | NotifyReceiver;

/** Answers the address of a page about an alert. */
export type AlertLink = (alert: Alert) => string | undefined;
