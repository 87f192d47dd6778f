import type { Log } from '../../logging/log-once.ts';
import type { ResolvedReceiver } from './delivery-options.ts';
import { oneLine } from './message-text.ts';
import type { NotifyReceiver } from './receiver-options.ts';
import { createAlertmanagerSender } from './receivers/alertmanager.ts';
import { createEmailSender } from './receivers/email.ts';
import { createSlackSender } from './receivers/slack.ts';
import { createWebhookSender } from './receivers/webhook.ts';
import { DELIVERED } from './send-outcome.ts';
import type { AlertSender } from './send-outcome.ts';

/**
 * Makes what sends to a receiver.
 * @throws `DRIVER_MISSING` for e-mail without `nodemailer`
 */
export function createSender(
  { receiver, timeoutMs, repeatIntervalMs }: ResolvedReceiver,
  log: Log,
): AlertSender {
  switch (receiver.kind) {
    case 'webhook':
      return createWebhookSender(receiver);
    case 'slack':
      return createSlackSender(receiver);
    case 'alertmanager':
      return createAlertmanagerSender(receiver, repeatIntervalMs ?? timeoutMs);
    case 'email':
      return createEmailSender(receiver, timeoutMs);
    case 'log':
      return createLogSender(log);
    case 'notify':
      return createNotifySender(receiver);
  }
}

function createLogSender(log: Log): AlertSender {
  return (message) => {
    const lines = message.text.split('\n\n').map(oneLine);
    for (const line of lines) {
      if (message.status === 'resolved') {
        log.info(line);
      } else {
        log.warn(line);
      }
    }
    return Promise.resolve(DELIVERED);
  };
}

function createNotifySender({ notify }: NotifyReceiver): AlertSender {
  return async (message, { signal }) => {
    await notify(message, { signal });
    return DELIVERED;
  };
}
