import express from 'express';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { startPostgres } from '@pg-observability/testkit';
import { observability } from '@pg-observability/express';

it('serves while PostgreSQL is down, says so once, and stores everything once when it is back', async () => {
  const postgres = await startPostgres({ isDurable: false });
  const lines: string[] = [];
  const note = (line: string): void => {
    lines.push(line);
  };
  const telemetry = observability({
    serviceName: 'outage',
    store: postgresStore(postgres.url),
    timeoutMs: 500,
    logger: { info: note, warn: note, error: note },
  });
  const app = express();
  app.use(telemetry.probes());
  app.use(telemetry.middleware());
  app.get('/orders/:id', (request, response) => {
    response.json({ id: request.params.id });
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const statuses: number[] = [];
  const send = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      statuses.push((await fetch(`${base}/orders/${i}`)).status);
    }
  };

  await send(50);
  await telemetry.observability.flush();
  await postgres.halt('immediate');
  await send(100);
  const refused: unknown = await telemetry.observability.workflows
    .createWorkflow({ workflowType: 'order' })
    .catch((error: unknown) => error);
  const probes = [(await fetch(`${base}/livez`)).status, (await fetch(`${base}/readyz`)).status];
  await expect(telemetry.observability.flush(200)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await postgres.start();
  await send(50);
  await telemetry.observability.flush(20_000);

  const { rows } = await telemetry.observability.store.query(
    `select count(*)::integer as spans, count(distinct span_id)::integer as distinct_spans,
       (select sum(sample_count)::integer from observability.metrics
        where metric_name = 'http.server.request.duration') as counted
     from observability.spans`,
  );
  server.close();
  await telemetry.observability.shutdown();
  await postgres.stop();
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(refused).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(probes).toEqual([200, 503]);
  expect(rows).toEqual([{ spans: 200, distinct_spans: 200, counted: 200 }]);
  const troubles = lines.filter((line) => /telemetry/.test(line));
  expect(troubles.map((line) => /Cannot store|Storing/.exec(line)?.[0])).toEqual(['Cannot store', 'Storing']);
}, 60_000);
