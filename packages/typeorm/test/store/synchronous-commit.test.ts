import { MetricsCollector, WorkflowStateTracker } from '@pg-observability/core';
import { testDatabase } from '@pg-observability/testkit';
import { DataSource } from 'typeorm';
import { expect, it } from 'vitest';
import { typeormStore } from '../../src/index.ts';
import { dataSourceOptions } from '../support/data-sources.ts';

it('lets batches of telemetry commit without waiting, and nothing else on the same connection', async () => {
  const { url } = await testDatabase();
  const store = typeormStore(new DataSource(dataSourceOptions(url)), {
    poolSize: 1,
    synchronousCommit: false,
  });
  const metrics = new MetricsCollector(store);
  const workflows = new WorkflowStateTracker(store);
  await workflows.listWorkflows();
  // A deferred trigger runs at the commit, which is when PostgreSQL looks at the setting.
  await store.script(`
    create table seen (of_table text, setting text);
    create function note_setting() returns trigger language plpgsql as $$
    begin
      insert into seen values (tg_table_name, current_setting('synchronous_commit'));
      return null;
    end $$;
    create constraint trigger note after insert on observability.ingest_batches
      deferrable initially deferred for each row execute function note_setting();
    create constraint trigger note after insert on observability.workflow_transitions
      deferrable initially deferred for each row execute function note_setting();`);

  metrics.counter('orders.placed');
  await metrics.shutdown();
  await workflows.createWorkflow({ workflowType: 'order' });
  const { rows } = await store.query('select * from seen order by of_table');
  await store.close?.();

  expect(rows).toEqual([
    { of_table: 'ingest_batches', setting: 'off' },
    { of_table: 'workflow_transitions', setting: 'on' },
  ]);
});
