import { context, propagation, trace } from '@opentelemetry/api';
import { importCode, readGuide, sendHttp, testDatabase } from '@pg-observability/testkit';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { getDefaultInstance } from '../src/index.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

afterEach(() => {
  vi.unstubAllEnvs();
  trace.disable();
  context.disable();
  propagation.disable();
});

describe('docs/guides/plain-node-worker.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('guides/plain-node-worker.md');
  const [app = '', ...others] = programs;
  const [story = '', mails = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it('goes on from the sender, answers probes, and its SQL shows the mails', async () => {
    vi.stubEnv('DATABASE_URL', (await testDatabase()).url);
    vi.stubEnv('PORT', '0');
    vi.stubEnv('HOST', '127.0.0.1');
    const { server, onMessage } = (await importCode(app, here)) as unknown as Worker;
    if (!server.listening) {
      await once(server, 'listening');
    }
    const instance = getDefaultInstance();
    onTestFinished(async () => {
      server.close();
      server.closeAllConnections();
      await instance?.shutdown();
    });
    const headers = {
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      'x-correlation-id': 'order-77',
    };

    await onMessage({ headers, orderId: '77', to: 'ada@example.test' });
    await expect(onMessage({ headers, orderId: '77', to: 'nobody' })).rejects.toThrow('no address');
    await instance?.flush();

    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const probes = ['/livez', '/readyz', '/startupz', '/'].map((path) => sendHttp(url + path));
    expect((await Promise.all(probes)).map(({ status }) => status)).toEqual([200, 200, 200, 404]);
    const span = { service_name: 'mailer', operation_name: 'send receipt', order_id: '77' };
    const rows = (await instance?.store.query(story))?.rows ?? [];
    // Spans that began in one millisecond come in any order.
    expect(
      rows.toSorted((one, other) => String(one['status']).localeCompare(String(other['status']))),
    ).toEqual([
      { ...span, status: 'ERROR', status_message: 'This is no address.' },
      { ...span, status: 'UNSET', status_message: null },
    ]);
    expect((await instance?.store.query(mails))?.rows).toEqual([
      { hour: expect.any(Date) as Date, kind: 'receipt', mails: 1 },
    ]);
  });
});

interface Worker {
  server: Server;
  onMessage: (message: { headers: Record<string, string>; orderId: string; to: string }) => Promise<void>;
}

describe('docs/guides/health.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('guides/health.md');
  const [app = '', ...others] = programs;
  const [changes = '', now = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it('answers probes and groups, tells details to who has the secret, and its SQL shows the changes', async () => {
    let status = 200;
    const payments = createServer((_request, response) => response.writeHead(status).end());
    payments.listen(0, '127.0.0.1');
    await once(payments, 'listening');
    onTestFinished(() => void payments.close());
    vi.stubEnv('DATABASE_URL', (await testDatabase()).url);
    vi.stubEnv('PAYMENTS_URL', `http://127.0.0.1:${(payments.address() as AddressInfo).port}/livez`);
    vi.stubEnv('OPS_TOKEN', 'correct-horse');
    vi.stubEnv('DRAIN_DELAY_MS', '0');
    vi.stubEnv('PORT', '0');
    vi.stubEnv('HOST', '127.0.0.1');
    vi.spyOn(console, 'warn').mockReturnValue(undefined);
    const { server } = (await importCode(app, here)) as unknown as { server: Server };
    if (!server.listening) {
      await once(server, 'listening');
    }
    const instance = getDefaultInstance();
    onTestFinished(async () => {
      server.close();
      server.closeAllConnections();
      await instance?.shutdown();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const headers = { authorization: 'Bearer correct-horse' };
    const ask = async (path: string) => (await sendHttp(url + path, { headers })).body;

    // The first look at the database of a busy machine takes longer than a probe has.
    await expect.poll(() => ask('/readyz'), { timeout: 20_000 }).toContain('"status":"up"');
    await expect.poll(() => ask('/healthz/deep'), { timeout: 20_000 }).toContain('"status":"up"');
    const details = JSON.parse(await ask('/readyz')) as { checks: Record<string, { ageMs?: number }> };
    const hidden = await sendHttp(`${url}/readyz`);
    const statuses = await Promise.all(
      ['/livez', '/startupz', '/'].map(async (path) => (await sendHttp(url + path)).status),
    );
    status = 503;
    // Its last answer is used again for five seconds.
    await expect.poll(() => ask('/readyz'), { timeout: 20_000 }).toContain('"status":"down"');
    await instance?.flush();

    expect([hidden.body, statuses]).toEqual(['{"status":"up"}', [200, 200, 200]]);
    expect(Object.keys(details.checks)).toEqual(['database', 'telemetry', 'payments', 'disk', 'eventLoop']);
    expect(details.checks['payments']?.ageMs).toEqual(expect.any(Number));
    const rows = await instance?.store.query(changes);
    expect(rows?.rows.filter((row) => row['check_name'] === 'payments')).toMatchObject([
      { from_status: 'up', to_status: 'down', reason: expect.stringContaining('answered 503') },
      { from_status: null, to_status: 'up' },
    ]);
    const current = await instance?.store.query(now);
    expect(current?.rows.find((row) => row['check_name'] === 'ready')).toMatchObject({ status: 'down' });
    const days = await instance?.health.uptime({ check: 'payments', days: 1 });
    expect(days?.[0]?.upMs).toBeGreaterThan(0);
    expect(instance?.stats().health.lifecycle).toBe('ready');
  });
});

it('every page below docs/guides and docs/coming-from is run by the test of a package', async () => {
  const root = new URL('../../../', import.meta.url);
  const tests = ['core', 'express', 'nestjs', 'typeorm'].map(
    (name) => `packages/${name}/test/guides.test.ts`,
  );
  const code = (await Promise.all(tests.map((file) => readFile(new URL(file, root), 'utf8')))).join('');
  const folders = ['guides', 'coming-from'];
  const files = await Promise.all(folders.map((folder) => readdir(new URL(`docs/${folder}`, root))));
  const pages = folders.flatMap((folder, index) => (files[index] ?? []).map((file) => `${folder}/${file}`));

  expect(pages.length).toBeGreaterThanOrEqual(10);
  expect(pages.filter((page) => !code.includes(`readGuide('${page}')`))).toEqual([]);
});
