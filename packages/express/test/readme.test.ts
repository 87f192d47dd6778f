import { getDefaultInstance, type Observability } from '@pg-observability/core';
import {
  createHttpRows,
  importCode,
  parseDocument,
  readCodeBlocks,
  sendHttp,
  testDatabase,
} from '@pg-observability/testkit';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
const readme = new URL('../README.md', import.meta.url);
const [quickStart = '', idsAlone = '', probes = '', prometheus = '', severalApps = '', ...unknownBlocks] =
  await readCodeBlocks(readme);
const [sql = ''] = await readCodeBlocks(readme, 'sql');

beforeAll(async () => {
  vi.stubEnv('DATABASE_URL', (await testDatabase()).url);
  vi.stubEnv('PORT', '0');
  vi.stubEnv('OPS_TOKEN', 'known');
});

/** Runs a block that exports a server; answers its URL and the instance it has made. */
async function start(code: string): Promise<{ url: string; instance: Observability | undefined }> {
  const { server } = (await importCode(code, here)) as { server: Server };
  if (!server.listening) {
    await once(server, 'listening');
  }
  const instance = getDefaultInstance();
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await instance?.shutdown();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, instance };
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) {
    throw new Error('The block has made no instance.');
  }
  return value;
}

describe('the code of the README', () => {
  it('is all run here', () => {
    expect(unknownBlocks).toEqual([]);
  });

  it('stores a request in the quick start, and its SQL shows it', async () => {
    const { url, instance } = await start(quickStart);

    const { body } = await sendHttp(`${url}/orders/42`, { headers: { 'x-correlation-id': 'readme-1' } });

    expect(JSON.parse(body)).toEqual({ id: '42', correlationId: 'readme-1' });
    expect((await createHttpRows(present(instance)).span()).operation_name).toBe('GET /orders/:id');
    expect((await present(instance).store.query(sql)).rows).toEqual([
      {
        operation_name: 'GET /orders/:id',
        ms: expect.any(String),
        status: 'UNSET',
        correlation_id: 'readme-1',
      },
    ]);
  });

  it('gives IDs alone', async () => {
    const { url, instance } = await start(idsAlone);

    const { headers, body } = await sendHttp(url, { headers: { 'x-request-id': 'readme-2' } });

    expect(instance).toBeUndefined();
    expect([headers['x-request-id'], JSON.parse(body)]).toEqual([
      'readme-2',
      { onTheRequest: 'readme-2', anywhere: 'readme-2' },
    ]);
  });

  it('answers the probes on their paths, with details for those who may see them', async () => {
    const { url } = await start(probes);

    const live = await sendHttp(`${url}/health/live`);
    const ready = await sendHttp(`${url}/health/ready`, { headers: { 'x-ops-token': 'known' } });

    expect([live.status, ready.status]).toEqual([200, 503]);
    expect(JSON.parse(ready.body)).toMatchObject({
      checks: { database: { status: 'up' }, payments: { status: 'down' } },
    });
  });

  it('shows its metrics to a Prometheus that has the secret', async () => {
    const { url } = await start(prometheus);
    await sendHttp(`${url}/orders/7`);

    const refused = await sendHttp(`${url}/metrics`);
    const { body } = await sendHttp(`${url}/metrics`, { headers: { authorization: 'Bearer known' } });

    expect(refused.status).toBe(401);
    const family = parseDocument(body, 'text').get('http_server_request_duration_seconds');
    expect(family?.samples[0]?.labels).toEqual({
      http_request_method: 'GET',
      http_response_status_code: '200',
      http_route: '/orders/:id',
      le: '0.005',
      url_scheme: 'http',
    });
  });

  it('counts a request once over several applications', async () => {
    const { url, instance } = await start(severalApps);

    const { headers } = await sendHttp(`${url}/shop/orders/7`, {
      headers: { 'x-correlation-id': 'stranger' },
    });

    expect(headers['x-correlation-id']).toMatch(/^[0-9a-f]{32}$/);
    const requests = await createHttpRows(present(instance)).requests();
    expect(requests.map((metric) => metric.labels['http.route'])).toEqual([
      '/orders/:id',
      '/shop/orders/:id',
    ]);
  });
});
