import type { AlertMessage } from '../alert-message.ts';
import type { WebhookReceiver } from '../receiver-options.ts';
import type { AlertSender } from '../send-outcome.ts';
import { postJson } from './post-json.ts';
import { secretToKey, signWebhook } from './sign-webhook.ts';

/** The body of a message: the same for every attempt. */
export function messageToWebhookBody(message: AlertMessage): string {
  const { idempotencyKey, notices, ...rest } = message;
  return JSON.stringify({
    type: 'alerts.changed',
    timestamp: notices.at(-1)?.at ?? null,
    idempotencyKey,
    data: { ...rest, notices },
  });
}

/** Sends to a webhook. */
export function createWebhookSender({ url, headers, secret }: WebhookReceiver): AlertSender {
  const secrets = secret === undefined ? [] : typeof secret === 'string' ? [secret] : secret;
  const keys = secrets.map(secretToKey).filter((key) => key !== undefined);
  return (message, context) => {
    const body = messageToWebhookBody(message);
    const id = message.idempotencyKey;
    return postJson(
      {
        url,
        body,
        headers: {
          ...headers,
          'idempotency-key': id,
          ...signWebhook(id, Math.floor(context.nowMs / 1_000), body, keys),
        },
      },
      context,
    );
  };
}
