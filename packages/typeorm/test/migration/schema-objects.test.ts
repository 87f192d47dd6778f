import { SCHEMA_DDL } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { expect, it } from 'vitest';
import { findSchemaObjects } from '../../src/migration/schema-objects.ts';

it('finds every table and view that the DDL makes', async () => {
  const { url } = await testDatabase();
  const store = postgresStore(url);
  await store.script(SCHEMA_DDL);

  const { rows } = await store.query<{ kind: string; name: string }>(
    "select relkind::text as kind, relname as name from pg_class where relnamespace = 'observability'::regnamespace and relkind in ('r', 'p', 'v') order by relname",
  );
  await store.close?.();
  const { tables, views } = findSchemaObjects(SCHEMA_DDL);

  expect(tables.toSorted()).toEqual(rows.filter(({ kind }) => kind !== 'v').map(({ name }) => name));
  expect(views.toSorted()).toEqual(rows.filter(({ kind }) => kind === 'v').map(({ name }) => name));
});
