import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import pg from 'pg';
import { testDatabase } from '@pg-observability/testkit';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// The built services as separate processes, as `npm start` runs them.
it('stores one trace over three services, counts every request, and moves the workflow', async () => {
  const database = await testDatabase();
  const [gateway, orders, fulfilment] = [await freePort(), await freePort(), await freePort()];
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      main,
      '--once',
      '--seconds=2',
      `--gateway-port=${gateway}`,
      `--orders-port=${orders}`,
      `--fulfilment-port=${fulfilment}`,
    ],
    { env: { ...process.env, NODE_PATH: '', NODE_OPTIONS: '', DATABASE_URL: database.url } },
  );

  const [, sent, counted] = /(\d+) requests sent to the gateway, (\d+) counted/.exec(stdout) ?? [];
  expect(Number(sent)).toBeGreaterThan(10);
  expect(counted).toBe(sent);
  expect(stdout).toMatch(/One order, one trace: \d+ spans in 3 services/);
  expect(stdout).toMatch(/placed → picking .*\n.*picking → shipped {2}completed/);
  expect(stdout).toMatch(/express-gateway +200 up +200 up +200 up/);

  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ traces: number; broken: number; services: number }>(`
    with placed as (
      select s.trace_id, count(distinct s.service_name) as services
      from observability.spans s
      where s.trace_id in (select trace_id from observability.spans where operation_name = 'fulfil order')
      group by 1
    )
    select count(*)::integer as traces, count(*) filter (where services <> 3)::integer as broken,
      (select count(*)::integer from observability.resources) as services
    from placed`);
  await client.end();
  expect(rows[0]?.traces).toBeGreaterThan(5);
  expect(rows[0]?.broken).toBe(0);
  expect(rows[0]?.services).toBe(3);
}, 120_000);
