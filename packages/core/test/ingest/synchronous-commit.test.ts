import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { AlertManager, MetricsCollector, WorkflowStateTracker } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { embeddedStore } from '@pg-observability/core/embedded';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  const store = postgresStore(database.url);
  await new WorkflowStateTracker(store).listWorkflows();
  // A deferred trigger runs at the commit, which is when PostgreSQL looks at the setting.
  await store.script(`
    create table seen (of_table text, setting text);
    create function note_setting() returns trigger language plpgsql as $$
    begin
      insert into seen values (tg_table_name, current_setting('synchronous_commit'));
      return null;
    end $$;
    ${['ingest_batches', 'workflow_transitions', 'alerts']
      .map(
        (table) =>
          `create constraint trigger note after insert on observability.${table} deferrable initially deferred for each row execute function note_setting();`,
      )
      .join('\n')}`);
  await store.close?.();
});
beforeEach(async () => {
  const store = postgresStore(database.url);
  await store.query('truncate seen');
  await store.close?.();
});
afterAll(() => database.drop());

/** One batch, one transition, one alert and another batch over one connection; what each commit was set to. */
async function settingsOf(synchronousCommit: boolean | undefined): Promise<unknown> {
  const store = postgresStore(database.url, {
    maxConnections: 1,
    ...(synchronousCommit === undefined ? {} : { synchronousCommit }),
  });
  await recordEverything(store);
  const { rows } = await store.query('select * from seen order by of_table');
  await store.close?.();
  return rows.map(({ of_table: table, setting }) => `${String(table)} ${String(setting)}`);
}

async function recordEverything(store: SqlStore): Promise<void> {
  const metrics = new MetricsCollector(store);
  metrics.counter('orders.placed');
  await metrics.flush();
  await new WorkflowStateTracker(store).createWorkflow({ workflowType: 'order' });
  await new AlertManager(store).raise({
    alertType: randomUUID(),
    severity: 'info',
    title: 'Late',
    message: 'm',
  });
  metrics.counter('orders.placed');
  await metrics.shutdown();
}

it('lets batches of telemetry commit without waiting, and nothing else on the same connection', async () => {
  const settings = await settingsOf(false);

  expect(settings).toEqual([
    'alerts on',
    'ingest_batches off',
    'ingest_batches off',
    'workflow_transitions on',
  ]);
});

it.each([undefined, true])('waits for every commit with %s', async (synchronousCommit) => {
  const settings = await settingsOf(synchronousCommit);

  expect(settings).toEqual([
    'alerts on',
    'ingest_batches on',
    'ingest_batches on',
    'workflow_transitions on',
  ]);
});

it('stores a batch once although its commit does not wait', async () => {
  const store = postgresStore(database.url, { synchronousCommit: false });
  const metrics = new MetricsCollector(store);

  for (const value of [1, 2, 3]) {
    metrics.record({ name: 'once', value, metricType: 'gauge', timestamp: new Date(), labels: {} });
    await metrics.flush();
  }
  const points = await metrics.query('once');
  await metrics.shutdown();
  await store.close?.();

  expect(points).toHaveLength(3);
  expect(new Set(points.map(({ value }) => value))).toEqual(new Set([1, 2, 3]));
});

it('works on the embedded store too, should a store of that kind ask for it', async () => {
  const embedded = embeddedStore({ dataDir: 'memory://' });
  const store: SqlStore = Object.assign(embedded, { synchronousCommit: false });
  const metrics = new MetricsCollector(store, { timeoutMs: 60_000 });

  metrics.counter('orders.placed', 2);
  const points = await metrics.query('orders.placed');
  await metrics.shutdown();
  await store.close?.();

  expect(points.map(({ value }) => value)).toEqual([2]);
}, 60_000);

it.each(['off', 0, null, {}])('refuses %o', (synchronousCommit) => {
  expect(() => postgresStore(database.url, { synchronousCommit: synchronousCommit as never })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }) as Error,
  );
});
