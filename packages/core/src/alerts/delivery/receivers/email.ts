import { createRequire } from 'node:module';
import { ObservabilityError } from '../../../errors/observability-error.ts';
import type { AlertMessage } from '../alert-message.ts';
import { cutText, oneLine } from '../message-text.ts';
import type { EmailReceiver } from '../receiver-options.ts';
import { DELIVERED } from '../send-outcome.ts';
import type { AlertSender } from '../send-outcome.ts';
import { isEmailTransport } from './email-transport.ts';
import type { EmailMessage, EmailTransport } from './email-transport.ts';

interface Nodemailer {
  createTransport(options: unknown, defaults?: unknown): EmailTransport;
}

const MAX_SUBJECT_CHARACTERS = 200;
const requireFromHere = createRequire(import.meta.url);

/**
 * A message as e-mail. The subject is one line, so that no title can begin a header of its own; the ID of the message is the same
 * for every attempt, by which mailboxes tell what came twice.
 */
export function messageToEmail(
  message: AlertMessage,
  { from, to }: Pick<EmailReceiver, 'from' | 'to'>,
): EmailMessage {
  return {
    from,
    to,
    subject: cutText(oneLine(message.title), MAX_SUBJECT_CHARACTERS),
    text: `${message.text}\n`,
    messageId: `<${message.idempotencyKey}@pg-observability>`,
    headers: {
      'Idempotency-Key': message.idempotencyKey,
      'Auto-Submitted': 'auto-generated',
      'X-Alert-Severity': message.severity,
    },
  };
}

/**
 * Sends e-mail.
 * @throws `DRIVER_MISSING` where a transport has to be made, and `nodemailer` is not installed
 */
export function createEmailSender(receiver: EmailReceiver, timeoutMs: number): AlertSender {
  const { transport: given } = receiver;
  // An own transport for each message: an idle connection that the server has closed would fail the next one.
  const open = isEmailTransport(given) ? undefined : createOpener(given, timeoutMs);
  return async (message, { signal }) => {
    const transport = open === undefined ? (given as EmailTransport) : open();
    const close = (): void => {
      if (open !== undefined) {
        transport.close?.();
      }
    };
    signal.addEventListener('abort', close, { once: true });
    try {
      await transport.sendMail(messageToEmail(message, receiver));
      return DELIVERED;
    } finally {
      signal.removeEventListener('abort', close);
      close();
    }
  };
}

function createOpener(given: EmailReceiver['transport'], timeoutMs: number): () => EmailTransport {
  const nodemailer = loadNodemailer();
  const times = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  return () =>
    typeof given === 'string'
      ? nodemailer.createTransport(withTimes(given, times))
      : nodemailer.createTransport({ ...times, ...given });
}

/** Its options may stand in the query of the address. */
function withTimes(address: string, times: Readonly<Record<string, number>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(times)) {
    if (!url.searchParams.has(name)) {
      url.searchParams.set(name, String(value));
    }
  }
  return url.href;
}

function loadNodemailer(): Nodemailer {
  try {
    return requireFromHere('nodemailer') as Nodemailer;
  } catch (cause) {
    throw new ObservabilityError(
      'DRIVER_MISSING',
      'A receiver of the kind email needs the package nodemailer, which cannot be loaded. Run: npm install nodemailer; or give a transport of your own, with a method sendMail.',
      { cause },
    );
  }
}
