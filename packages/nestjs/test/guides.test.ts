import type { INestApplication } from '@nestjs/common';
import type { Observability, SqlRow } from '@pg-observability/core';
import { createHttpRows, importCode, readGuide, sendHttp, testDatabase } from '@pg-observability/testkit';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { OBSERVABILITY } from '../src/index.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

beforeEach(async () => {
  vi.stubEnv('DATABASE_URL', (await testDatabase()).url);
  vi.stubEnv('PORT', '0');
  vi.stubEnv('HOST', '127.0.0.1');
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});

describe('docs/guides/nest-on-express.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('guides/nest-on-express.md');
  const [app = '', ...others] = programs;
  const [spans = '', metrics = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it('serves orders and probes, and its SQL shows the requests', async () => {
    const { url, observability } = await start(app);

    const found = await sendHttp(`${url}/api/orders/42`, { headers: { 'x-correlation-id': 'guide-1' } });
    const missing = await sendHttp(`${url}/api/orders/0`, { headers: { 'x-correlation-id': 'guide-2' } });

    expect([found.status, found.body, missing.status]).toEqual([200, '{"id":"42"}', 404]);
    expect(await probeStatuses(url)).toEqual([200, 200, 200]);
    await createHttpRows(observability).spans();
    expect(byId((await observability.store.query(spans)).rows)).toEqual(
      [
        ['200', 'guide-1'],
        ['404', 'guide-2'],
      ].map(([httpStatus, id]) => ({
        operation_name: 'GET /api/orders/:id',
        status: 'UNSET',
        ms: expect.any(String) as string,
        http_status: httpStatus,
        correlation_id: id,
      })),
    );
    expect((await observability.store.query(metrics)).rows).toEqual([
      { route: '/api/orders/:id', status: '200', requests: 1, mean_ms: expect.any(String) as string },
      { route: '/api/orders/:id', status: '404', requests: 1, mean_ms: expect.any(String) as string },
    ]);
    expect(await observability.metrics.query('orders.shown')).toHaveLength(1);
  });
});

describe('docs/guides/nest-on-fastify.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('guides/nest-on-fastify.md');
  const [app = '', ...others] = programs;
  const [refused = '', story = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it('serves parcels and probes, and its SQL shows what was refused', async () => {
    const { url, observability } = await start(app);

    const found = await sendHttp(`${url}/v1/parcels/7`, { headers: { 'x-correlation-id': 'parcel-7' } });
    const post = { method: 'POST', body: '{"weight":3}' };
    const json = { 'content-type': 'application/json', 'content-length': 12 };
    const refusal = await sendHttp(`${url}/v1/parcels`, { ...post, headers: json });
    const sent = await sendHttp(`${url}/v1/parcels`, { ...post, headers: { ...json, 'x-key': 'known' } });

    expect([JSON.parse(found.body), refusal.status, sent.status]).toEqual([
      { id: '7', correlationId: 'parcel-7' },
      401,
      201,
    ]);
    expect(await probeStatuses(url)).toEqual([200, 200, 200]);
    await createHttpRows(observability).spans();
    expect((await observability.store.query(refused)).rows).toEqual([
      { route: '/v1/parcels', requests: 2, refused: 1 },
      { route: '/v1/parcels/:id', requests: 1, refused: 0 },
    ]);
    expect((await observability.store.query(story)).rows).toEqual([
      {
        service_name: 'parcels',
        operation_name: 'GET /v1/parcels/:id',
        status: 'UNSET',
        ms: expect.any(String) as string,
      },
    ]);
    expect((await createHttpRows(observability).requests()).map(({ requests }) => requests)).toEqual([
      1, 1, 1,
    ]);
  });
});

describe('docs/coming-from/nestjs-otel.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('coming-from/nestjs-otel.md');
  const [app = '', ...others] = programs;
  const [spans = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it('records methods, their arguments and results inside the request', async () => {
    const { url, observability } = await start(app);

    const { body } = await sendHttp(`${url}/books/7`);

    expect(JSON.parse(body)).toEqual({ title: 'Book 7' });
    expect(await probeStatuses(url)).toEqual([200, 200, 200]);
    const stored = await createHttpRows(observability).spans();
    const nameOf = (id: string | null) => stored.find(({ span_id: spanId }) => spanId === id)?.operation_name;
    const parents = stored.map((span) => [span.operation_name, nameOf(span.parent_span_id)]);
    expect(Object.fromEntries(parents)).toEqual({
      'GET /books/:id': undefined,
      getBook: 'GET /books/:id',
      sub_span: 'getBook',
    });
    expect((await observability.store.query(spans)).rows).toEqual([
      { operation_name: 'getBook', id: '7', title: 'Book 7' },
      { operation_name: 'sub_span', id: null, title: null },
    ]);
    expect(await observability.metrics.query('app.BooksService.find.calls.total')).toHaveLength(1);
    expect(await observability.metrics.query('book.id.length')).toHaveLength(1);
  });
});

describe('docs/coming-from/terminus.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('coming-from/terminus.md');
  const [app = '', ...others] = programs;
  const [asked = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it('answers Terminus beside the probes, degraded where a check that is not critical fails', async () => {
    vi.stubEnv('DRAIN_DELAY_MS', '0');
    const { url, observability } = await start(app);

    const health = await sendHttp(`${url}/health`);
    const ready = await sendHttp(`${url}/readyz`, { headers: { 'x-ops': 'yes' } });

    expect([health.status, JSON.parse(health.body)]).toMatchObject([
      200,
      { status: 'degraded', details: { shop: { status: 'degraded' } } },
    ]);
    expect([ready.status, JSON.parse(ready.body)]).toMatchObject([
      200,
      { status: 'degraded', checks: { database: { status: 'up' }, prices: { status: 'up' } } },
    ]);
    expect(await probeStatuses(url)).toEqual([200, 200, 200]);
    await createHttpRows(observability).requests();
    expect((await observability.store.query(asked)).rows).toEqual([
      { status: '200', times: 1, slowest_ms: expect.any(String) as string },
    ]);
  });
});

/** Runs a program that exports an application; answers its URL and the instance of its module. */
async function start(code: string): Promise<{ url: string; observability: Observability }> {
  const { app } = (await importCode(code, here)) as { app: INestApplication };
  onTestFinished(() => app.close());
  return { url: await app.getUrl(), observability: app.get<Observability>(OBSERVABILITY) };
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
