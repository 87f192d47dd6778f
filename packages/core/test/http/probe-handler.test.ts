import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendHttp } from '@pg-observability/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createProbeHandler, HealthChecker } from '../../src/index.ts';
import type { ProbeHandlerOptions } from '../../src/index.ts';

describe('createProbeHandler', () => {
  it('answers the three probes, whatever the query and the last slash, and nothing else', async () => {
    const url = await listen(createProbeHandler(createHealth()));

    const answers = await Promise.all(
      ['/livez?x=1', '/readyz/', '/startupz', '/', '/readyz/more'].map((path) => sendHttp(url + path)),
    );

    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [200, '{"status":"up"}'],
      [503, '{"status":"down"}'],
      [200, '{"status":"up"}'],
      [404, ''],
      [404, ''],
    ]);
  });

  it('answers HEAD without a body and leaves other methods alone', async () => {
    const url = await listen(createProbeHandler(createHealth()));

    const head = await sendHttp(`${url}/livez`, { method: 'HEAD' });
    const post = await sendHttp(`${url}/livez`, { method: 'POST' });

    expect([head.status, head.body, head.headers['cache-control'], post.status]).toEqual([
      200,
      '',
      'no-store',
      404,
    ]);
  });

  it('has the paths it is given, tells details to whom it may, and hands the rest on', async () => {
    const handler = createProbeHandler(createHealth(), {
      paths: { readiness: '/health/ready', startup: false },
      showDetails: ({ headers }) => headers['x-ops'] === 'yes',
    });
    const url = await listen((request, response) => {
      handler(request, response, () => response.writeHead(204).end());
    });

    const [ready, startup] = await Promise.all([
      sendHttp(`${url}/health/ready`, { headers: { 'x-ops': 'yes' } }),
      sendHttp(`${url}/startupz`),
    ]);

    expect([JSON.parse(ready.body), startup.status]).toMatchObject([
      { status: 'down', checks: { queue: { status: 'down', message: 'full' } } },
      204,
    ]);
  });

  it('answers groups of your own below /healthz, or where it is told to, and tells details to who has the secret', async () => {
    const health = createHealth({ deep: ['queue'], ops: [] });
    const [usual, moved, none] = await Promise.all([
      listen(createProbeHandler(health, { secret: 'correct-horse' })),
      listen(createProbeHandler(health, { paths: { groups: '/' } })),
      listen(createProbeHandler(health, { paths: { groups: false } })),
    ]);
    const headers = { authorization: 'Bearer correct-horse' };

    const answers = await Promise.all([
      sendHttp(`${usual}/healthz/deep/?x=1`),
      sendHttp(`${usual}/healthz/deep`, { headers }),
      sendHttp(`${usual}/healthz/ops`),
      ...['/healthz', '/healthz/', '/healthz/ready', '/healthz/nobody', '/healthz/__proto__'].map((path) =>
        sendHttp(usual + path),
      ),
      sendHttp(`${moved}/deep`),
      sendHttp(`${none}/healthz/deep`),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([503, 503, 200, 404, 404, 404, 404, 404, 503, 404]);
    expect([answers[0]?.body, JSON.parse(answers[1]?.body ?? '')]).toMatchObject([
      '{"status":"down"}',
      { status: 'down', checks: { queue: { status: 'down', message: 'full' } } },
    ]);
  });

  it.each([
    { paths: { liveness: 'livez' } },
    { paths: { startup: true } },
    { paths: { groups: 'healthz' } },
    { paths: { groups: true } },
    { paths: { liveness: '/healthz/deep' } },
    { showDetails: 'yes' },
    { showDetails: 'when-authorized' },
    null,
    5,
  ])('refuses %j', (options) => {
    const create = (): unknown =>
      createProbeHandler(createHealth({ deep: [] }), options as ProbeHandlerOptions);

    expect(create).toThrow(expect.objectContaining({ name: 'ObservabilityError', code: 'INVALID_OPTION' }));
  });
});

/** Up, save for readiness. */
function createHealth(groups: Record<string, string[]> = {}): HealthChecker {
  return new HealthChecker(undefined, {
    groups,
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    startupCheck: () => true,
    checks: {
      queue: () => {
        throw new Error('full');
      },
    },
  });
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
