import type { EmailReceiver } from '@pg-observability/core';
import { createQuietLogger } from '@pg-observability/testkit';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSender } from '../../../src/alerts/delivery/create-sender.ts';
import { messageToEmail } from '../../../src/alerts/delivery/receivers/email.ts';
import { resolveReceivers } from '../../../src/alerts/delivery/resolve-receivers.ts';
import { createLog } from '../../../src/logging/log-once.ts';
import { sampleChange, sampleMessage } from './alert-samples.ts';

interface Mail {
  from: string;
  to: string[];
  /** Lines before the first empty one, with those that go on joined. */
  headers: string[];
  body: string;
}

async function startMailServer(
  options: { rejects?: boolean; hangs?: boolean } = {},
): Promise<{ port: number; mails: Mail[] }> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (options.hangs === true) {
          return;
        }
        const raw = Buffer.concat(chunks).toString();
        const end = raw.indexOf('\r\n\r\n');
        mails.push({
          from: (session.envelope.mailFrom as { address: string }).address,
          to: session.envelope.rcptTo.map(({ address }) => address),
          headers: raw
            .slice(0, end)
            .replace(/\r\n[ \t]/g, ' ')
            .split('\r\n'),
          body: raw.slice(end + 4),
        });
        done(options.rejects === true ? new Error('mailbox full') : null);
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, mails };
}

async function sendMail(
  receiver: Partial<EmailReceiver>,
  message = sampleMessage(),
  signal = new AbortController().signal,
): Promise<unknown> {
  const [resolved] = resolveReceivers(
    {
      ops: {
        kind: 'email',
        from: 'Shop <alerts@example.org>',
        to: ['ada@example.org', 'bob@example.org'],
        ...receiver,
      },
    },
    null,
  );
  return resolved && createSender(resolved, createLog(createQuietLogger()))(message, { signal, nowMs: 0 });
}

describe('e-mail', () => {
  it('arrives by SMTP with a subject, the text and an ID that stays the same', async () => {
    const { port, mails } = await startMailServer();

    const outcome = await sendMail({ transport: `smtp://127.0.0.1:${port}` });
    await sendMail({ transport: { host: '127.0.0.1', port } });

    const [mail, again] = mails;
    expect(outcome).toEqual({ isDelivered: true });
    expect(mail).toMatchObject({ from: 'alerts@example.org', to: ['ada@example.org', 'bob@example.org'] });
    expect(mail?.headers).toEqual(
      expect.arrayContaining([
        'From: Shop <alerts@example.org>',
        'To: ada@example.org, bob@example.org',
        'Subject: [firing, error] Payments fail',
        'Message-ID: <message-1@pg-observability>',
        'Idempotency-Key: message-1',
        'Auto-Submitted: auto-generated',
      ]),
    );
    expect(mail?.body).toContain('Firing (error): Payments fail');
    expect(again?.headers).toContain('Message-ID: <message-1@pg-observability>');
  });

  it.each([
    'Payments\r\nBcc: mallory@example.org',
    'Payments\nBcc: mallory@example.org\n\nbody',
    'Payments\rX-Evil: 1',
    'Payments\u2028X-Evil: 1',
    `${'x'.repeat(400)}\r\nX-Evil: 1`,
    '=?utf-8?q?=0D=0ABcc:_mallory?=',
  ])('has no header that a title has put there: %j', async (title) => {
    const { port, mails } = await startMailServer();

    await sendMail({ transport: `smtp://127.0.0.1:${port}` }, sampleMessage([sampleChange({ title })]));

    const names = mails[0]?.headers.map((line) => line.slice(0, line.indexOf(':')));
    expect(names?.filter((name) => /^(bcc|x-evil|mallory)/i.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names?.length);
    expect(mails[0]?.to).toEqual(['ada@example.org', 'bob@example.org']);
  });

  it('that the server refuses is not delivered', async () => {
    const { port } = await startMailServer({ rejects: true });

    await expect(sendMail({ transport: `smtp://127.0.0.1:${port}` })).rejects.toThrow('mailbox full');
  });

  it('to a server that hangs is left when the time is up', async () => {
    const { port } = await startMailServer({ hangs: true });

    await expect(
      sendMail(
        { transport: `smtp://127.0.0.1:${port}`, timeoutMs: 500 },
        sampleMessage(),
        AbortSignal.timeout(2_000),
      ),
    ).rejects.toThrow();
  });

  it('may go out by a transport of the application', async () => {
    const sent: unknown[] = [];
    const transport = { sendMail: (mail: unknown) => Promise.resolve(sent.push(mail)) };
    const addresses = { from: 'Shop <alerts@example.org>', to: ['ada@example.org', 'bob@example.org'] };

    await sendMail({ transport });

    expect(sent).toEqual([messageToEmail(sampleMessage(), addresses)]);
  });
});
