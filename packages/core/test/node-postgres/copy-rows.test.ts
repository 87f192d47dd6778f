import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadRowsOnPgClient } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';

let client: pg.Client;
let sentBytes = 0;
beforeAll(async () => {
  client = new pg.Client({ connectionString: (await testDatabase()).url });
  await client.connect();
  await client.query('create table loaded (id integer primary key, note text)');
  const { stream } = (client as unknown as { connection: { stream: NodeJS.WritableStream } }).connection;
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (...args: unknown[]) => {
    sentBytes += (args[0] as Uint8Array).length;
    return write(...args);
  };
});
afterAll(() => client.end());

const note = 'x'.repeat(200);
const rows = Buffer.from(Array.from({ length: 5_000 }, (_, id) => `${id + 1_000}\t${note}\n`).join(''));
const load = { table: 'loaded', columns: ['id', 'note'], rows };

/** Bytes that are sent for rows whose first statement is refused. */
async function bytesOfRefusal(on: pg.Client): Promise<number> {
  sentBytes = 0;
  await expect(loadRowsOnPgClient(on, { ...load, before: 'select 1 / 0' })).rejects.toThrow(
    'division by zero',
  );
  return sentBytes;
}

it('holds rows back until the server asks for them, until it is known to be the server itself', async () => {
  const first = await bytesOfRefusal(client);
  const second = await bytesOfRefusal(client);

  expect(first).toBeLessThan(1_000);
  expect(second).toBeGreaterThan(rows.length);
});

it('always holds them back behind a pooler, which has a process ID of its own', async () => {
  const behindPooler = new Proxy(client, {
    get: (target, name) => (name === 'processID' ? -1 : (Reflect.get(target, name, target) as unknown)),
  });

  const sent = [await bytesOfRefusal(behindPooler), await bytesOfRefusal(behindPooler)];
  const isLoaded = await loadRowsOnPgClient(behindPooler, { ...load, before: 'select 1' });
  const { rowCount } = await client.query('delete from loaded');

  expect(Math.max(...sent)).toBeLessThan(1_000);
  expect([isLoaded, rowCount]).toEqual([true, 5_000]);
});
