import { trace } from '@opentelemetry/api';
import type { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import { getDefaultInstance, type Observability } from '@pg-observability/core';
import { createHttpRows, importCode, readGuide, sendHttp, testDatabase } from '@pg-observability/testkit';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));

beforeEach(async () => {
  vi.stubEnv('DATABASE_URL', (await testDatabase()).url);
  vi.stubEnv('PORT', '0');
  vi.stubEnv('HOST', '127.0.0.1');
});

describe('docs/guides/express.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('guides/express.md');
  const [app = '', ...others] = programs;
  const [spans = '', metrics = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it('serves orders and probes, and its SQL shows the requests', async () => {
    const { url, instance } = await start(app);

    const found = await sendHttp(`${url}/orders/42`, { headers: { 'x-correlation-id': 'guide-1' } });
    const failed = await sendHttp(`${url}/orders/0`, { headers: { 'x-correlation-id': 'guide-2' } });

    expect([found.status, JSON.parse(found.body)]).toEqual([200, { id: '42', correlationId: 'guide-1' }]);
    expect([failed.status, JSON.parse(failed.body)]).toMatchObject([500, { correlationId: 'guide-2' }]);
    expect(await probeStatuses(url)).toEqual([200, 200, 200]);
    await createHttpRows(instance).spans();
    expect((await instance.store.query(spans)).rows).toEqual([
      {
        operation_name: 'GET /orders/:id',
        status: 'ERROR',
        ms: expect.any(String),
        correlation_id: 'guide-2',
        error: 'There is no order 0.',
      },
      {
        operation_name: 'GET /orders/:id',
        status: 'UNSET',
        ms: expect.any(String),
        correlation_id: 'guide-1',
        error: null,
      },
    ]);
    expect((await instance.store.query(metrics)).rows).toEqual([
      { route: '/orders/:id', status: '200', requests: 1, mean_ms: expect.any(String) },
      { route: '/orders/:id', status: '500', requests: 1, mean_ms: expect.any(String) },
    ]);
    expect(await instance.metrics.query('orders.shown')).toHaveLength(1);
  });
});

describe('docs/guides/existing-opentelemetry-sdk.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('guides/existing-opentelemetry-sdk.md');
  const [app = '', ...others] = programs;
  const [spans = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it("hands every span to the app's exporter and to the database", async () => {
    onTestFinished(() => trace.disable());
    const { url, instance, exported } = await start(app);
    const { exporter } = exported as { exporter: InMemorySpanExporter };

    const { body } = await sendHttp(`${url}/orders/42`);

    expect(JSON.parse(body)).toEqual({ id: '42' });
    expect(await probeStatuses(url)).toEqual([200, 200, 200]);
    expect(await createHttpRows(instance).requests()).toHaveLength(1);
    expect(instance.stats().tracing).toBe('foreign-sdk');
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['load order', 'GET /orders/:id']);
    expect((await instance.store.query(spans)).rows).toEqual([
      {
        operation_name: 'GET /orders/:id',
        kind: 'SERVER',
        scope_name: '@pg-observability/core',
        ms: expect.any(String),
      },
      { operation_name: 'load order', kind: 'INTERNAL', scope_name: 'orders', ms: expect.any(String) },
    ]);
  });
});

/** Runs a program that exports a server; answers its URL and the instance it has made. */
async function start(
  code: string,
): Promise<{ url: string; instance: Observability; exported: Record<string, unknown> }> {
  const exported = await importCode(code, here);
  const { server } = exported as { server: Server };
  if (!server.listening) {
    await once(server, 'listening');
  }
  const instance = getDefaultInstance();
  if (instance === undefined) {
    throw new Error('The program has made no instance.');
  }
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await instance.shutdown();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, instance, exported };
}

function probeStatuses(url: string): Promise<number[]> {
  return Promise.all(
    ['/livez', '/readyz', '/startupz'].map(async (path) => (await sendHttp(url + path)).status),
  );
}
