import { isTransient } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { expect, it } from 'vitest';
import { storeBatch } from '../../src/ingest/store-batch.ts';
import { writeWithRetry } from '../../src/ingest/write-with-retry.ts';

it.each([
  ['idle_in_transaction_session_timeout', '25P03'],
  ['transaction_timeout', '25P04'],
  ['read_only_sql_transaction', '25006'],
  ['serialization_failure', '40001'],
  ['query_canceled', '57014'],
  ['admin_shutdown', '57P01'],
  ['too_many_connections', '53300'],
])('takes %s for something that passes', (_name, code) => {
  expect(isTransient(Object.assign(new Error('refused'), { code }))).toBe(true);
});

it('stores a batch once whose transaction PostgreSQL has ended because this process stood still', async () => {
  const database = await testDatabase();
  const store = postgresStore(database.url, { statementTimeoutMs: 50 });
  const seen: unknown[] = [];
  let attempts = 0;
  const standingStill: typeof store = {
    query: (text, values) => store.query(text, values),
    script: (text) => store.script(text),
    transaction: (work) =>
      store.transaction(async (sql) => {
        attempts += 1;
        if (attempts === 1) {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
        }
        return work(sql);
      }),
  };
  const batch = {
    batchId: 'stood-still',
    signal: 'metrics' as const,
    columns: ['metric_name', 'metric_value', 'recorded_at', 'service_name', 'metric_type', 'labels'],
    rowCount: 1,
    partitionTimes: [Date.now()],
    origins: { resources: [], scopes: [] },
    cutAtMs: Date.now(),
    rows: Buffer.from(`stood.still\t1\t${new Date().toISOString()}\tservice\tgauge\t{}\n`),
  };

  await writeWithRetry(batch, {
    write: (part) => storeBatch(standingStill, part),
    mayRetry: () => attempts < 5,
    pause: async () => undefined,
    onFailure: (error, willRetry) => seen.push([(error as { code?: string }).code, willRetry]),
    onStored: () => void seen.push('stored'),
    onGivenUp: (_batch, reason) => void seen.push(reason),
  });
  await store.close?.();

  // On a busy machine a repeat may take more than the 50 ms of a statement, and is repeated as well.
  const [first, ...others] = seen;
  expect(first).toEqual(['25P03', true]);
  expect(others.filter((each) => String(each) !== '57014,true')).toEqual(['stored']);
});
