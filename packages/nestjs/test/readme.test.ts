import type { INestApplication, INestMicroservice } from '@nestjs/common';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { getDefaultInstance } from '@pg-observability/core';
import type { Observability } from '@pg-observability/core';
import type { TestObservability } from '@pg-observability/core/testing';
import {
  createHttpRows,
  importCode,
  readCodeBlocks,
  sendForJson,
  sendHttp,
  testDatabase,
} from '@pg-observability/testkit';
import type { AddressInfo, Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { firstValueFrom } from 'rxjs';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { OBSERVABILITY, propagateTrace } from '../src/index.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const readme = new URL('../README.md', import.meta.url);
const [
  quickStart = '',
  decorators = '',
  microservice = '',
  worker = '',
  overTypeorm = '',
  terminus = '',
  inTests = '',
  overridden = '',
  ...unknownBlocks
] = await readCodeBlocks(readme);
const [sql = ''] = await readCodeBlocks(readme, 'sql');

beforeAll(async () => {
  vi.stubEnv('DATABASE_URL', (await testDatabase()).url);
  vi.stubEnv('PORT', '0');
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});

describe('the code of the README', () => {
  it('is all run here', () => {
    expect(unknownBlocks).toEqual([]);
  });

  it('stores a request in the quick start, and its SQL shows it', async () => {
    const { app, url, observability } = await start(quickStart);

    const answer = await sendForJson(`${url}/orders/42`, { headers: { 'x-correlation-id': 'readme-1' } });
    const statuses = await Promise.all(
      ['/livez', '/readyz', '/startupz'].map(async (path) => (await sendHttp(url + path)).status),
    );

    expect([answer, statuses]).toEqual([{ id: '42' }, [200, 200, 200]]);
    expect((await createHttpRows(observability).span()).operation_name).toBe('GET /orders/:id');
    expect(await observability.metrics.query('orders.shown', {})).toHaveLength(1);
    expect((await observability.store.query(sql)).rows).toEqual([
      {
        operation_name: 'GET /orders/:id',
        ms: expect.any(String) as string,
        status: 'UNSET',
        correlation_id: 'readme-1',
      },
    ]);
    await app.close();
  });

  it('records what the decorators say', async () => {
    const { app, observability } = await start(decorators);

    await observability.flush();

    const { rows } = await observability.store.query(
      `select operation_name as name, attributes from observability.spans where service_name = 'billing'
       union all
       select metric_name, labels from observability.metrics where service_name = 'billing' order by name`,
    );
    expect(rows).toEqual([
      { name: 'InvoicesService.send', attributes: { 'order.id': '42' } },
      { name: 'invoices.sent', attributes: { channel: 'mail', outcome: 'ok' } },
      {
        name: 'method.duration',
        attributes: { 'code.function.name': 'InvoicesService.send', outcome: 'ok' },
      },
    ]);
    await app.close();
  });

  it('stores a message of a microservice', async () => {
    const { app, observability } = await start(microservice);
    const { port } = (app as unknown as INestMicroservice).unwrap<Server>().address() as AddressInfo;
    const options = { host: '127.0.0.1', port };
    const client = propagateTrace(ClientProxyFactory.create({ transport: Transport.TCP, options }));

    const answer = await firstValueFrom(client.send('stock.count', 'tea'));

    await observability.flush();
    const { rows } = await observability.store.query(
      `select operation_name as name, kind from observability.spans where service_name = 'stock-service'`,
    );
    expect([answer, rows]).toEqual([{ article: 'tea', count: 7 }, [{ name: 'stock.count', kind: 'SERVER' }]]);
    await client.close();
    await app.close();
  });

  it('stores a command and the job of a queue as one trace', async () => {
    const { app, observability } = await start(worker);

    await observability.flush();

    const { rows } = await observability.store.query(
      `select operation_name as name, kind, count(*) over (partition by trace_id)::int as in_trace
         from observability.spans where service_name = 'invoice-worker' order by kind`,
    );
    expect(rows).toEqual([
      { name: 'process invoices', kind: 'CONSUMER', in_trace: 2 },
      { name: 'send invoice 42', kind: 'INTERNAL', in_trace: 2 },
    ]);
    await app.close();
  });

  it('keeps telemetry through the options of a DataSource', async () => {
    const { app, url, observability } = await start(overTypeorm);

    await sendHttp(`${url}/nowhere`);

    const statuses = (await createHttpRows(observability).spans()).map(
      ({ attributes }) => attributes['http.response.status_code'],
    );
    expect(statuses).toContain(404);
    await app.close();
  });

  it('answers Terminus', async () => {
    const { app, url } = await start(terminus);

    const { status, details } = await sendForJson<{ status: string; details: object }>(`${url}/health`);

    expect([status, Object.keys(details)]).toEqual(['ok', ['observability_store', 'order-service']]);
    await app.close();
  });

  it('records a request of a test in memory, and leaves no instance behind', async () => {
    const { app, recorder } = await startInTest(inTests);

    const spans = await recorder.spans({ kind: 'SERVER' });
    await app.close();

    expect(spans.map(({ name, status }) => [name, status])).toEqual([['GET /orders/:id', 'ERROR']]);
    expect(getDefaultInstance()).toBeUndefined();
  });

  it('records requests of an application that configures the module itself', async () => {
    const { app, recorder } = await startInTest(overridden);

    await sendHttp(`${await app.getUrl()}/nowhere`);

    const spans = await recorder.spans({ kind: 'SERVER' });
    await app.close();
    await recorder.shutdown();
    expect(spans.map(({ attributes }) => attributes['http.response.status_code'])).toEqual([404]);
    expect(getDefaultInstance()).toBeUndefined();
  });
});

async function startInTest(code: string): Promise<{ app: INestApplication; recorder: TestObservability }> {
  const started = (await importCode(code, here)) as { app: INestApplication; recorder: TestObservability };
  onTestFinished(() => started.app.close());
  return started;
}

async function start(
  code: string,
): Promise<{ app: INestApplication; url: string; observability: Observability }> {
  const { app } = (await importCode(code, here)) as { app: INestApplication };
  onTestFinished(() => app.close());
  // An application context has no URL.
  const url = typeof app.getUrl === 'function' ? await app.getUrl() : '';
  return {
    app,
    url: url.replace('[::1]', 'localhost'),
    observability: app.get<Observability>(OBSERVABILITY),
  };
}
