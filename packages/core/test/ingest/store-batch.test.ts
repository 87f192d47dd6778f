import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import type { EncodedBatch } from '../../src/ingest/encoded-batch.ts';
import { storeBatch } from '../../src/ingest/store-batch.ts';
import { partitionOf } from '../../src/storage/partition-bounds.ts';
import { ensurePartitions, forgetPartitions } from '../../src/storage/partitions.ts';
import { createPartitionScript } from '../../src/storage/partitions.sql.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let store: SqlStore;
beforeAll(async () => {
  database = await testDatabase();
  store = postgresStore(database.url);
});
afterAll(async () => {
  await store.close?.();
  await database.drop();
});

function promiseWithResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const MONTH = Date.UTC(2026, 4, 15);

function metricBatch(batchId: string, name: string, time = MONTH): EncodedBatch {
  return {
    batchId,
    signal: 'metrics',
    columns: ['recorded_at', 'metric_value', 'metric_name', 'metric_type'],
    rowCount: 1,
    partitionTimes: [time],
    origins: { resources: [], scopes: [] },
    cutAtMs: time,
    rows: Buffer.from(`${new Date(time).toISOString()}\t1\t${name}\tgauge\n`),
  };
}

async function count(name: string): Promise<unknown> {
  const { rows } = await store.query(
    'select count(*)::integer as count from observability.metrics where metric_name = $1::text',
    [name],
  );
  return rows[0]?.['count'];
}

it('stores a batch once however often, and by however many at once, it is sent', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 5 }, () => storeBatch(store, metricBatch('same', 'once'))),
  );
  const later = await storeBatch(store, metricBatch('same', 'once'));

  expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
  expect(later).toBe('already_stored');
  expect(await count('once')).toBe(1);
});

it('stores neither the rows nor the ID of a batch that fails half-way', async () => {
  const batch = metricBatch('half', 'half');
  const failing = {
    ...batch,
    rowCount: 2,
    rows: Buffer.concat([batch.rows, Buffer.from('never\t1\tx\tgauge\n')]),
  };

  await expect(storeBatch(store, failing)).rejects.toMatchObject({ code: '22007' });
  const again = await storeBatch(store, batch);

  expect(again).toBe('stored');
  expect(await count('half')).toBe(1);
});

it('stores the same rows where the store has no COPY', async () => {
  const withoutCopy: SqlStore = {
    query: (text, values) => store.query(text, values),
    script: (text) => store.script(text),
    transaction: (work) =>
      store.transaction((sql) => work({ query: (text, values) => sql.query(text, values) })),
  };
  const name = 'tab\\t, newline\\n and backslash\\\\';

  const outcome = await storeBatch(withoutCopy, metricBatch('json', name));

  expect(outcome).toBe('stored');
  expect(await count('tab\t, newline\n and backslash\\')).toBe(1);
});

it('makes a partition again that was dropped behind its back', async () => {
  await storeBatch(store, metricBatch('dropped-1', 'dropped'));
  await store.script('drop table observability.metrics_p202605');

  const outcome = await storeBatch(store, metricBatch('dropped-2', 'dropped'));

  expect(outcome).toBe('stored');
  expect(await count('dropped')).toBe(1);
});

it('makes a partition past an open writer, and once when ten make it at the same moment', async () => {
  const stores = Array.from({ length: 10 }, () => postgresStore(database.url));
  await storeBatch(store, metricBatch('open-0', 'open'));

  await store.transaction(async (sql) => {
    await sql.query(
      "insert into observability.metrics (recorded_at, metric_value, metric_name, metric_type) values ($1::timestamptz, 1, 'open', 'gauge')",
      [new Date(MONTH).toISOString()],
    );
    await Promise.all(stores.map((each) => ensurePartitions(each, 'metrics', [Date.UTC(2026, 7, 1)])));
  });
  await Promise.all(stores.map((each) => each.close?.()));
  forgetPartitions(store);
  await ensurePartitions(store, 'metrics', [Date.UTC(2026, 7, 1)]);

  const { rows } = await store.query(
    "select count(*)::integer as partitions from pg_inherits where inhrelid = 'observability.metrics_p202608'::regclass",
  );
  expect(rows).toEqual([{ partitions: 1 }]);
});

it('waits again for a partition that another process takes longer to make than a lock may take', async () => {
  const september = Date.UTC(2026, 8, 1);
  const others = postgresStore(database.url);
  await storeBatch(store, metricBatch('slow-0', 'slow'));
  const { promise: isMade, resolve: tellMade } = promiseWithResolvers();

  const slow = others.transaction(async (sql) => {
    for (const statement of createPartitionScript(partitionOf('metrics', september)).trim().split('\n')) {
      await sql.query(statement);
    }
    tellMade();
    await sql.query('select pg_sleep(0.8)');
  });
  await isMade;
  const outcome = await storeBatch(store, metricBatch('slow-1', 'slow', september));
  await slow;
  await others.close?.();

  expect(outcome).toBe('stored');
});

it('gives partitions the indexes, defaults and primary key of their table', async () => {
  await ensurePartitions(store, 'spans', [MONTH]);

  const { rows } = await store.query(
    `select tablename, count(*)::integer as indexes from pg_indexes
     where schemaname = 'observability' and tablename in ('spans', 'spans_p20260515') group by tablename order by 1`,
  );
  expect(rows).toEqual([
    { tablename: 'spans', indexes: 3 },
    { tablename: 'spans_p20260515', indexes: 3 },
  ]);
});
