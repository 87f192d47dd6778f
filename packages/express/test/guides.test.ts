import { metrics, trace } from '@opentelemetry/api';
import type { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import { getDefaultInstance, type Observability, type SqlRow } from '@pg-observability/core';
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
    expect(byId((await instance.store.query(spans)).rows)).toEqual([
      {
        operation_name: 'GET /orders/:id',
        status: 'UNSET',
        ms: expect.any(String),
        correlation_id: 'guide-1',
        error: null,
      },
      {
        operation_name: 'GET /orders/:id',
        status: 'ERROR',
        ms: expect.any(String),
        correlation_id: 'guide-2',
        error: 'There is no order 0.',
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
  const [spans = '', items = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it("hands every span to the app's exporter and to the database, and every metric to the database", async () => {
    onTestFinished(() => {
      trace.disable();
      metrics.disable();
    });
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
        scope_name: '@pg-observability/core',
        operation_name: 'GET /orders/:id',
        kind: 'SERVER',
        ms: expect.any(String),
      },
      { scope_name: 'orders', operation_name: 'load order', kind: 'INTERNAL', ms: expect.any(String) },
    ]);
    await (metrics.getMeterProvider() as MeterProvider).forceFlush();
    expect((await instance.store.query(items)).rows).toEqual([
      { metric_name: 'order.items', meter: 'orders', channel: 'web', orders: 1, items: 3 },
    ]);
  });
});

describe('docs/coming-from/express-prom-bundle.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('coming-from/express-prom-bundle.md');
  const [app = '', ...others] = programs;
  const [rate = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it('measures requests by route, and its SQL and percentile read them', async () => {
    const { url, instance } = await start(app);

    await sendHttp(`${url}/users/ada/profile`);
    await sendHttp(`${url}/wp-login.php`);
    await sendHttp(`${url}/favicon.ico`);
    await createHttpRows(instance).requests();

    expect(await probeStatuses(url)).toEqual([200, 200, 200]);
    const { body } = await sendHttp(`${url}/metrics`);
    expect(body).toMatch(
      /^http_server_request_duration_seconds_count\{.*http_route="\/users\/:id\/profile".*\} 1$/mu,
    );
    expect(JSON.parse((await sendHttp(`${url}/p95`)).body)).toEqual({ seconds: expect.any(Number) });
    expect((await instance.store.query(rate)).rows).toEqual(
      ['/users/:id/profile', '<unmatched>'].map((route) => ({
        minute: expect.any(Date),
        route,
        requests: 1,
        errors: 0,
      })),
    );
    expect(await instance.metrics.query('profiles_viewed_total')).toHaveLength(1);
  });
});

describe('docs/coming-from/cls-rtracer.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('coming-from/cls-rtracer.md');
  const [idsAlone = '', withRows = '', ...others] = programs;
  const [story = '', ...otherQueries] = queries;
  const headers = { 'x-request-id': 'ticket-4711' };

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it('has the ID in every function below, and outside of requests', async () => {
    const { url, exported } = await listen(idsAlone);
    const { runNightly } = exported as { runNightly: () => Promise<unknown> };

    const given = await sendHttp(`${url}/orders/7`, { headers });
    const refused = await sendHttp(`${url}/orders/7`, { headers: { 'x-request-id': 'a b' } });

    expect([given.headers['x-request-id'], JSON.parse(given.body)]).toEqual([
      'ticket-4711',
      { orderId: '7', id: 'ticket-4711' },
    ]);
    expect(refused.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(await runNightly()).toEqual({ orderId: '7', id: 'nightly-1' });
  });

  it('finds the rows of a request by its ID', async () => {
    const { url, instance } = await start(withRows);

    const { body } = await sendHttp(`${url}/orders/7`, { headers });

    expect(JSON.parse(body)).toEqual({ orderId: '7', id: 'ticket-4711' });
    expect(await probeStatuses(url)).toEqual([200, 200, 200]);
    await createHttpRows(instance).spans();
    expect((await instance.store.query(story)).rows).toEqual([
      { service_name: 'shop', operation_name: 'GET /orders/:id', status: '200' },
    ]);
  });
});

/** Runs a program that exports a server; answers its URL and what else it exports. */
async function listen(code: string): Promise<{ url: string; exported: Record<string, unknown> }> {
  const exported = await importCode(code, here);
  const { server } = exported as { server: Server };
  if (!server.listening) {
    await once(server, 'listening');
  }
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, exported };
}

/** {@link listen}, with the instance that the program has made. */
async function start(
  code: string,
): Promise<{ url: string; instance: Observability; exported: Record<string, unknown> }> {
  const running = await listen(code);
  const instance = getDefaultInstance();
  if (instance === undefined) {
    throw new Error('The program has made no instance.');
  }
  onTestFinished(() => instance.shutdown());
  return { ...running, instance };
}

function probeStatuses(url: string): Promise<number[]> {
  return Promise.all(
    ['/livez', '/readyz', '/startupz'].map(async (path) => (await sendHttp(url + path)).status),
  );
}

/** Requests that began in one millisecond come in any order. */
function byId(rows: readonly SqlRow[]): SqlRow[] {
  return rows.toSorted((one, other) =>
    String(one['correlation_id']).localeCompare(String(other['correlation_id'])),
  );
}
