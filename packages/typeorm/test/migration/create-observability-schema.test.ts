import { ensureObservabilityTables, WorkflowStateTracker } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import type { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CreateObservabilitySchema } from '../../src/index.ts';
import { hasSchema, readSchema } from '../support/catalog.ts';
import { closeDataSources, openDataSource } from '../support/data-sources.ts';
import { rejection } from '../support/rejection.ts';

let url: string;
let store: SqlStore;

beforeEach(async () => {
  ({ url } = await testDatabase());
  store = postgresStore(url);
});
afterEach(async () => {
  CreateObservabilitySchema.force = false;
  delete process.env['PG_OBSERVABILITY_FORCE_DOWN'];
  await closeDataSources();
  await store.close?.();
});

const LOGGER_METHODS = ['logQuery', 'logQueryError', 'logQuerySlow', 'logSchemaBuild', 'logMigration', 'log'];

function openMigrated(more: object = {}): Promise<DataSource> {
  // Only logMigration writes without being asked to.
  const logger = Object.fromEntries(LOGGER_METHODS.map((name) => [name, () => undefined]));
  return openDataSource(url, { migrations: [CreateObservabilitySchema], logger, ...more });
}

async function storeWorkflow(): Promise<void> {
  await new WorkflowStateTracker(store).createWorkflow({ workflowType: 'order' });
}

describe('CreateObservabilitySchema up', () => {
  it('installs exactly what ensureObservabilityTables installs, which finds nothing to do afterwards', async () => {
    const other = await testDatabase();
    const ensured = postgresStore(other.url);
    await ensureObservabilityTables(ensured);

    const ran = await (await openMigrated()).runMigrations();

    expect(ran.map(({ name }) => name)).toEqual(['CreateObservabilitySchema1795392000000']);
    expect(await readSchema(store)).toEqual(await readSchema(ensured));
    expect(await ensureObservabilityTables(store)).toMatchObject({ outcome: 'up_to_date' });
    await ensured.close?.();
  });

  it.each(['all', 'each', 'none'] as const)(
    'runs once and reverts with the transaction mode %s',
    async (mode) => {
      const dataSource = await openMigrated({ migrationsTransactionMode: mode });

      const first = await dataSource.runMigrations();
      const second = await dataSource.runMigrations();
      const installed = await hasSchema(store);
      await dataSource.undoLastMigration({ transaction: mode });

      expect([first.length, second.length, installed, await hasSchema(store)]).toEqual([1, 0, true, false]);
    },
  );

  it('leaves a schema with rows as it is where the library has installed it already', async () => {
    await storeWorkflow();

    await (await openMigrated()).runMigrations();

    const { rows } = await store.query('select count(*)::integer as count from observability.workflow_state');
    expect(rows).toEqual([{ count: 1 }]);
  });

  it('rolls back with a later migration of the same run', async () => {
    class BreakEverything1795392000001 {
      async up(): Promise<void> {
        throw new Error('broken');
      }
      async down(): Promise<void> {}
    }
    const dataSource = await openMigrated({
      migrations: [CreateObservabilitySchema, BreakEverything1795392000001],
    });

    const error = await rejection(dataSource.runMigrations());

    expect(error).toEqual(new Error('broken'));
    expect(await hasSchema(store)).toBe(false);
  });

  it('refuses a schema that is too new for this library', async () => {
    await ensureObservabilityTables(store);
    await store.query('update observability.schema_version set version = 900, min_compatible = 900');

    const error = await rejection((await openMigrated()).runMigrations());

    expect(error).toMatchObject({ code: 'SCHEMA_INCOMPATIBLE' });
  });

  it('runs at initialize() with migrationsRun, under a minified class name too', async () => {
    const a = class extends CreateObservabilitySchema {};

    await openDataSource(url, { migrations: [a], migrationsRun: true });

    expect(await hasSchema(store)).toBe(true);
  });
});

describe('CreateObservabilitySchema down', () => {
  it('refuses while rows exist, names the tables, and changes nothing', async () => {
    const dataSource = await openMigrated();
    await dataSource.runMigrations();
    await storeWorkflow();

    const error = await rejection(dataSource.undoLastMigration());

    expect(error).toMatchObject({
      code: 'SCHEMA_NOT_EMPTY',
      message: expect.stringMatching(/workflow_state, workflow_transitions\. .*PG_OBSERVABILITY_FORCE_DOWN/),
    });
    expect(await hasSchema(store)).toBe(true);
    expect(await dataSource.showMigrations()).toBe(false);
  });

  it.each([
    ['the static field', () => void (CreateObservabilitySchema.force = true)],
    ['the environment variable', () => void (process.env['PG_OBSERVABILITY_FORCE_DOWN'] = 'true')],
  ])('drops rows, partitions and schema when forced by %s', async (_name, force) => {
    const dataSource = await openMigrated();
    await dataSource.runMigrations();
    await storeWorkflow();
    await store.script(
      "create table observability.spans_p20260101 partition of observability.spans for values from ('2026-01-01') to ('2026-01-02')",
    );
    force();

    await dataSource.undoLastMigration();

    expect(await hasSchema(store)).toBe(false);
  });

  it('is not forced by another value of the variable', async () => {
    const dataSource = await openMigrated();
    await dataSource.runMigrations();
    await storeWorkflow();
    process.env['PG_OBSERVABILITY_FORCE_DOWN'] = 'false';

    expect(await rejection(dataSource.undoLastMigration())).toMatchObject({ code: 'SCHEMA_NOT_EMPTY' });
  });

  it('does not drop what somebody else has built on our tables', async () => {
    const dataSource = await openMigrated();
    await dataSource.runMigrations();
    await store.script(
      'create view public.slow_spans as select * from observability.spans where duration_ns > 1000000000',
    );

    const error = await rejection(dataSource.undoLastMigration());

    expect(error).toMatchObject({ code: '2BP01' });
    expect(await hasSchema(store)).toBe(true);
  });

  it('does nothing where the schema is gone already', async () => {
    const dataSource = await openMigrated();
    await dataSource.runMigrations();
    await store.script('drop schema observability cascade');

    await dataSource.undoLastMigration();

    expect(await hasSchema(store)).toBe(false);
  });

  it('can be followed by up again', async () => {
    const dataSource = await openMigrated();
    await dataSource.runMigrations();
    const before = await readSchema(store);
    await dataSource.undoLastMigration();

    await dataSource.runMigrations();

    expect(await readSchema(store)).toEqual(before);
  });
});
