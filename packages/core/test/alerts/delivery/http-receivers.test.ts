import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AlertReceiver, AlertMessage } from '@pg-observability/core';
import { createQuietLogger } from '@pg-observability/testkit';
import { createSender } from '../../../src/alerts/delivery/create-sender.ts';
import { resolveReceivers } from '../../../src/alerts/delivery/resolve-receivers.ts';
import { retryAfterToMs } from '../../../src/alerts/delivery/retry-after.ts';
import { deliveryDelayMs } from '../../../src/alerts/delivery/delivery-backoff.ts';
import type { SendOutcome } from '../../../src/alerts/delivery/send-outcome.ts';
import { createLog } from '../../../src/logging/log-once.ts';
import { sampleChange, sampleMessage } from './alert-samples.ts';
import { startReceiver } from './receiver-server.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;

function send(
  receiver: AlertReceiver,
  message: AlertMessage = sampleMessage(),
  signal: AbortSignal = new AbortController().signal,
): Promise<SendOutcome> {
  const [resolved] = resolveReceivers({ ops: receiver }, null);
  if (resolved === undefined) {
    throw new Error('There is no receiver.');
  }
  return createSender(resolved, createLog(createQuietLogger()))(message, { signal, nowMs: Date.now() });
}

describe('a webhook', () => {
  it('gets the message once more, its ID in a header and in the body, signed so that standardwebhooks takes it', async () => {
    const receiver = await startReceiver();
    const message = sampleMessage([sampleChange({ title: 'Zahlung schlägt fehl €' })]);

    const outcome = await send({ kind: 'webhook', url: `${receiver.url}/hook?x=1`, secret: SECRET }, message);

    const [{ body, headers, path } = { body: '', headers: {}, path: '' }] = receiver.received;
    expect(outcome).toEqual({ isDelivered: true });
    expect(path).toBe('/hook?x=1');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': 'message-1',
      'webhook-id': 'message-1',
    });
    const verified = new Webhook(SECRET).verify(body, headers as Record<string, string>);
    expect(verified).toEqual(
      JSON.parse(
        JSON.stringify({
          type: 'alerts.changed',
          timestamp: '2026-11-28T11:57:26.000Z',
          idempotencyKey: 'message-1',
          data: {
            receiver: 'ops',
            status: 'firing',
            severity: 'error',
            title: message.title,
            text: message.text,
            notices: message.notices,
          },
        }),
      ),
    );
    expect(() => new Webhook(OTHER).verify(body, headers as Record<string, string>)).toThrow();
    expect(() => new Webhook(SECRET).verify(`${body} `, headers as Record<string, string>)).toThrow();
  });

  it('is signed with each secret while one is being replaced, and with none where there is none', async () => {
    const receiver = await startReceiver();

    await send({
      kind: 'webhook',
      url: receiver.url,
      secret: [SECRET, OTHER],
      headers: { 'x-team': 'shop' },
    });
    await send({ kind: 'webhook', url: receiver.url });

    const [both, none] = receiver.received;
    for (const secret of [SECRET, OTHER]) {
      new Webhook(secret).verify(both?.body ?? '', both?.headers as Record<string, string>);
    }
    expect(both?.headers['x-team']).toBe('shop');
    expect(none?.headers['webhook-signature']).toBeUndefined();
  });

  it.each([
    [200, true, undefined],
    [202, true, undefined],
    [204, true, undefined],
    [400, false, true],
    [401, false, false],
    [404, false, false],
    [413, false, true],
    [422, false, true],
    [429, false, false],
    [500, false, false],
    [503, false, false],
  ])('that answers %i has got the message: %s', async (status, isDelivered, isRefused) => {
    const receiver = await startReceiver((response) => response.writeHead(status).end());

    const outcome = await send({ kind: 'webhook', url: receiver.url });

    expect(outcome).toEqual(
      isDelivered
        ? { isDelivered }
        : { isDelivered, error: `The receiver answered ${status}`, retryAfterMs: undefined, isRefused },
    );
  });

  it.each([301, 302, 307, 308])('that answers %i is not followed', async (status) => {
    const other = await startReceiver();
    const receiver = await startReceiver((response) =>
      response.writeHead(status, { location: other.url }).end(),
    );

    const outcome = await send({ kind: 'webhook', url: receiver.url, secret: SECRET });

    expect(outcome).toMatchObject({
      isDelivered: false,
      error: `The receiver answered ${status}, and redirects are not followed`,
    });
    expect(other.received).toEqual([]);
  });

  it('may ask for time', async () => {
    const receiver = await startReceiver((response) =>
      response.writeHead(429, { 'retry-after': '120' }).end('slow down\n'),
    );

    expect(await send({ kind: 'webhook', url: receiver.url })).toEqual({
      isDelivered: false,
      error: 'The receiver answered 429: slow down',
      retryAfterMs: 120_000,
      isRefused: false,
    });
  });

  it('is left when its answer never ends, and has got the message', async () => {
    let written = 0;
    const receiver = await startReceiver((response) => {
      response.writeHead(500);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x'))) {
          written += 65_536;
        }
      };
      response.on('drain', more);
      more();
    });

    const outcome = await send({ kind: 'webhook', url: receiver.url });

    expect(outcome).toMatchObject({
      isDelivered: false,
      error: `The receiver answered 500: ${'x'.repeat(200)}`,
    });
    expect(written).toBeLessThan(50_000_000);
  });

  it('has got the message when it breaks off after the status, and has not when before', async () => {
    const answers = {
      after: 'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf',
      before: 'HTTP/1.1 2',
      nothing: '',
    };
    const outcomes: SendOutcome[] = [];
    for (const answer of Object.values(answers)) {
      const url = await startRawReceiver((socket) => socket.end(answer));
      outcomes.push(await send({ kind: 'webhook', url }));
    }

    expect(outcomes.map(({ isDelivered }) => isDelivered)).toEqual([true, false, false]);
  });

  it('that cannot be reached is told of without its address', async () => {
    const url = await startRawReceiver((socket) => socket.resetAndDestroy());

    const outcome = await send({ kind: 'slack', url: `${url}/services/T0/B0/very-secret` });

    expect(outcome).toMatchObject({
      isDelivered: false,
      error: expect.stringContaining('The receiver cannot be reached: ') as string,
    });
    expect(JSON.stringify(outcome)).not.toContain('very-secret');
  });

  it('that hangs is left when the time is up', async () => {
    const url = await startRawReceiver(() => undefined);

    const outcome = await send({ kind: 'webhook', url }, sampleMessage(), AbortSignal.timeout(100));

    expect(outcome).toMatchObject({ isDelivered: false });
  });
});

describe('a function of the application', () => {
  it('gets the message, and may reject or throw', async () => {
    const messages: AlertMessage[] = [];
    const message = sampleMessage();

    await send({ kind: 'notify', notify: (got) => void messages.push(got) }, message);

    expect(messages).toEqual([message]);
    await expect(send({ kind: 'notify', notify: () => Promise.reject(new Error('no')) })).rejects.toThrow(
      'no',
    );
  });
});

it('the log gets a line for each alert', async () => {
  const lines: string[] = [];
  const log = { ...createLog(createQuietLogger()), warn: (line: string) => void lines.push(line) };
  const [resolved] = resolveReceivers({ ops: { kind: 'log' } }, null);
  const changes = [sampleChange({ id: 1, message: 'one\ntwo' }), sampleChange({ id: 2 })];

  await (resolved &&
    createSender(resolved, log)(sampleMessage(changes), { signal: new AbortController().signal, nowMs: 0 }));

  expect(lines).toEqual([
    'Firing (error): Payments fail payment_failed, from shop: since 2026-11-28 11:57:26 UTC, seen once. one two Trace: 4bf92f3577b34da6a3ce929d0e0e4736',
    expect.stringContaining('card declined'),
  ]);
});

describe('the pause after a failure', () => {
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Sat, 28 Nov 2026 12:00:10 GMT', 10_000],
    ['Sat, 28 Nov 2026 11:00:00 GMT', 0],
    ['5.5', undefined],
    ['-1', undefined],
    ['99999999999999', undefined],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('that Retry-After %o asks for is %o', (header, expected) => {
    expect(retryAfterToMs(header, Date.parse('2026-11-28T12:00:00Z'))).toBe(expected);
  });

  it.each([
    [1, undefined, 2_500, 5_000],
    [2, undefined, 5_000, 10_000],
    [9, undefined, 450_000, 900_000],
    [1_000_000, undefined, 450_000, 900_000],
    [1, 60_000, 60_000, 60_000],
    [9, 1_000, 450_000, 900_000],
  ])('number %i, with %o asked for, is between %i and %i ms', (attempt, retryAfterMs, least, most) => {
    expect(deliveryDelayMs(attempt, retryAfterMs, () => 0)).toBe(least);
    expect(deliveryDelayMs(attempt, retryAfterMs, () => 1)).toBe(most);
  });
});

/** A server that does with a connection what no HTTP server would. */
async function startRawReceiver(answer: (socket: Socket) => void): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    sockets.forEach((socket) => socket.destroy());
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
