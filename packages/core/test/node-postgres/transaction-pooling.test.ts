import { postgresStore } from '@pg-observability/core/node-postgres';
import {
  describeMetricsContract,
  postgresMajorsUnderTest,
  startPgBouncer,
  startPoolingProxy,
  testDatabase,
} from '@pg-observability/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeAlertContract } from '../../../testkit/src/contract/alert-contract.ts';
import type { ContractStore } from '../../../testkit/src/contract/contract-store.ts';
import { describeStoreContract } from '../../../testkit/src/contract/store-contract.ts';
import { describeWorkflowContract } from '../../../testkit/src/contract/workflow-contract.ts';

const poolers = [
  { name: 'another backend for each transaction', start: startPoolingProxy },
  // `npm run test:faults` sets it where PgBouncer is installed, and says by name where it is not.
  ...(process.env['PG_OBSERVABILITY_TEST_PGBOUNCER'] === '1'
    ? [{ name: 'PgBouncer', start: startPgBouncer }]
    : []),
];

for (const major of postgresMajorsUnderTest()) {
  for (const { name, start } of poolers) {
    const title = `${name}, PostgreSQL ${major}`;
    const openStore = async (): Promise<ContractStore> => {
      const database = await testDatabase({ major });
      const pooler = await start(database.url);
      const pool = new pg.Pool({ connectionString: pooler.url(database.url), max: 8 });
      return {
        store: postgresStore(pool),
        close: async () => {
          await pool.end();
          await pooler.close();
        },
      };
    };
    describeStoreContract(title, openStore);
    describeMetricsContract(title, openStore);
    describeWorkflowContract(title, openStore);
    describeAlertContract(title, openStore);
  }
}

describe('the proxy that stands for a pooler in transaction mode', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let proxy: Awaited<ReturnType<typeof startPoolingProxy>>;
  beforeAll(async () => {
    database = await testDatabase();
    proxy = await startPoolingProxy(database.url);
  });
  afterAll(() => proxy.close());

  async function withClient<Result>(
    config: pg.ClientConfig,
    work: (client: pg.Client) => Promise<Result>,
  ): Promise<Result> {
    const client = new pg.Client({ connectionString: proxy.url(database.url), ...config });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  async function backendOf(client: pg.Client): Promise<unknown> {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return rows[0]?.pid;
  }

  it('gives each statement another backend, and a transaction one', async () => {
    const pids = await withClient({}, async (client) => {
      const alone = [await backendOf(client), await backendOf(client)];
      await client.query('begin');
      const together = [await backendOf(client), await backendOf(client)];
      await client.query('commit');
      return { alone: new Set(alone).size, together: new Set(together).size };
    });

    expect(pids).toEqual({ alone: 2, together: 1 });
  });

  it.each([{ options: '-c search_path=observability' }, { statement_timeout: 1_000 }])(
    'refuses the start-up parameter of %o',
    async (config) => {
      await expect(withClient(config, backendOf)).rejects.toMatchObject({ code: '08P01' });
    },
  );

  it('knows no prepared statement of the transaction before', async () => {
    const outcome = withClient({}, async (client) => {
      await client.query({ name: 'kept', text: 'select 1' });
      await client.query({ name: 'kept', text: 'select 1' });
    });

    await expect(outcome).rejects.toMatchObject({ code: '26000' });
  });

  it('carries an own store, and COPY in it', async () => {
    const store = postgresStore(proxy.url(database.url));
    await store.query('create table if not exists copied (a integer, b text)');

    await store.loadRows?.({
      before: 'select 1',
      table: 'copied',
      columns: ['a', 'b'],
      rows: Buffer.from('1\tx\n2\ty\n'),
    });
    const { rows } = await store.query('select a, b from copied order by a');
    await store.close?.();

    expect(rows).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ]);
  });
});
