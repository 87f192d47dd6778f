import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureObservabilityTables } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase, testServerUrl } from '@pg-observability/testkit';

const folder = new URL('../../../../sql/ops/', import.meta.url);
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: SqlStore;
beforeAll(async () => {
  database = await testDatabase();
  store = postgresStore(database.url);
  await ensureObservabilityTables(store);
});
afterAll(async () => {
  await store.close?.();
  await database.drop();
  await dropRoles();
});

/** Roles belong to the server and not to the database. */
async function dropRoles(): Promise<void> {
  const server = postgresStore(await testServerUrl());
  for (const name of ['owner', 'writer', 'reader']) {
    await server.script(`drop role if exists observability_${name}`);
  }
  await server.close?.();
}

it.each(readdirSync(folder).filter((name) => name.endsWith('.sql')))('runs sql/ops/%s', async (name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');

  const { rows } = await store.query(text);

  expect(Array.isArray(rows)).toBe(true);
});

it('can be run twice by hand from sql/ddl', async () => {
  const text = readFileSync(new URL('../ddl/create_observability_schema.sql', folder), 'utf8');

  await store.script(text);
  await store.script(text);

  const { rows } = await store.query(
    "select count(*)::integer as tables from pg_tables where schemaname = 'observability'",
  );
  expect(rows[0]?.['tables']).toBeGreaterThan(8);
});
