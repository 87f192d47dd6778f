import { context, propagation, trace } from '@opentelemetry/api';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createObservability } from '@pg-observability/core';
import type { Observability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';

const cleanUps: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) {
    await cleanUp();
  }
  trace.disable();
  context.disable();
  propagation.disable();
});

/** A server whose requests are observed, on the loopback address. */
async function startServer(observability: Observability): Promise<string> {
  const server = createServer((request, response) => {
    const source = { originalUrl: request.url ?? '/', route: () => '/orders' };
    observability.http.handle(request, response, source, () => {
      response.writeHead(request.url === '/orders?broken' ? 500 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('counts every request in the metric while only the failed ones are kept, under their correlation ID', async () => {
  const database = await testDatabase();
  const observability = createObservability({
    serviceName: 'kept-requests',
    store: postgresStore(database.url),
    http: { trustIncoming: true },
    outgoing: false,
    spans: { keep: { ratio: 0 } },
  });
  cleanUps.push(
    () => database.drop(),
    () => observability.shutdown(),
  );
  const url = await startServer(observability);

  for (const path of ['/orders', '/orders', '/orders?broken', '/orders']) {
    await (await fetch(url + path, { headers: { 'x-correlation-id': 'order-7' } })).text();
  }
  await expect.poll(() => observability.stats().requestsInFlight).toBe(0);
  await observability.flush();

  const { rows } = await observability.store.query(
    `select operation_name as name, correlation_id, attributes ->> 'sampling.rule' as rule,
       (select sum(sample_count)::integer from observability.metrics
          where metric_name = 'http.server.request.duration') as counted
       from observability.spans`,
  );
  expect(rows).toEqual([{ name: 'GET /orders', correlation_id: 'order-7', rule: 'error', counted: 4 }]);
  expect(observability.stats().sampling).toMatchObject({ sampledOut: 3, heldTraces: 0 });
});
