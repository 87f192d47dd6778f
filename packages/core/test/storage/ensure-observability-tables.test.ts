import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { ensureObservabilityTables, SCHEMA_DDL } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';

const cleanUps: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) {
    await cleanUp();
  }
});

async function openDatabase(): Promise<{ url: string; store: SqlStore }> {
  const database = await testDatabase();
  const store = postgresStore(database.url);
  cleanUps.push(
    () => database.drop(),
    () => store.close?.(),
  );
  return { url: database.url, store };
}

/** Counts the round trips of a store. */
function counting(store: SqlStore): { store: SqlStore; calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    store: {
      query: (text, values) => {
        calls.push(text);
        return store.query(text, values);
      },
      script: (text) => {
        calls.push(text);
        return store.script(text);
      },
      transaction: (work) => store.transaction(work),
    },
  };
}

const testMigrations = [
  {
    version: 2,
    minCompatible: 1,
    name: '0002_test.sql',
    text: 'alter table observability.alerts add column test_note text;',
  },
];

it('costs one round trip on an up-to-date schema', async () => {
  const { store } = await openDatabase();
  await ensureObservabilityTables(store);
  const counted = counting(store);

  const status = await ensureObservabilityTables(counted.store);

  expect({ status, roundTrips: counted.calls.length }).toEqual({
    status: { version: 1, outcome: 'up_to_date' },
    roundTrips: 1,
  });
});

it('gives one schema and no error to twenty processes at once, on an empty and on an old database', async () => {
  const { url, store } = await openDatabase();
  const script = `
    import { ensureObservabilityTables } from '@pg-observability/core';
    import { postgresStore } from '@pg-observability/core/node-postgres';
    const store = postgresStore(process.env.DATABASE_URL);
    const status = await ensureObservabilityTables(store);
    console.log(status.outcome);
    await store.close();`;
  const install = async (): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: new URL('../..', import.meta.url).pathname,
      env: { ...process.env, DATABASE_URL: url },
    });
    return stdout.trim();
  };

  const empty = await Promise.all(Array.from({ length: 20 }, install));
  await store.script('drop view observability.v_open_alerts; delete from observability.schema_version;');
  const old = await Promise.all(Array.from({ length: 20 }, install));

  const outcomes = new Set([...empty, ...old]);
  const { rows } = await store.query(
    "select count(*)::integer as versions, (to_regclass('observability.v_open_alerts') is not null) as repaired from observability.schema_version",
  );
  expect([...outcomes].every((outcome) => ['installed', 'up_to_date'].includes(outcome))).toBe(true);
  expect(empty).toContain('installed');
  expect(rows).toEqual([{ versions: 1, repaired: true }]);
}, 60_000);

it('upgrades an older schema by its migrations, also when two start at once', async () => {
  const { store } = await openDatabase();
  await ensureObservabilityTables(store);
  const scripts = { ddl: SCHEMA_DDL, migrations: testMigrations };

  const both = await Promise.all([
    ensureObservabilityTables(store, { scripts }),
    ensureObservabilityTables(store, { scripts }),
  ]);
  const again = await ensureObservabilityTables(store, { scripts });

  expect(both.map(({ version }) => version)).toEqual([2, 2]);
  expect(both.filter(({ outcome }) => outcome === 'upgraded')).toHaveLength(1);
  expect(again).toEqual({ version: 2, outcome: 'up_to_date' });
});

it('leaves a newer schema alone that is still compatible, and refuses one that is not', async () => {
  const { store } = await openDatabase();
  await ensureObservabilityTables(store);

  await store.query('update observability.schema_version set version = 7, min_compatible = 1');
  const compatible = await ensureObservabilityTables(store);
  await store.query('update observability.schema_version set min_compatible = 7');
  const incompatible = ensureObservabilityTables(store);

  expect(compatible).toEqual({ version: 7, outcome: 'up_to_date' });
  await expect(incompatible).rejects.toMatchObject({ code: 'SCHEMA_INCOMPATIBLE' });
});

it('changes nothing when it only verifies, and asks nothing when it is off', async () => {
  const { store } = await openDatabase();
  const counted = counting(store);

  const off = await ensureObservabilityTables(counted.store, { schema: 'off' });
  const verify = ensureObservabilityTables(store, { schema: 'verify' });

  await expect(verify).rejects.toMatchObject({ code: 'SCHEMA_MISSING' });
  expect({ off, roundTrips: counted.calls.length }).toEqual({
    off: { version: null, outcome: 'unchecked' },
    roundTrips: 0,
  });
});

it('says once which SQL to run when the role may not create', async () => {
  const { url, store } = await openDatabase();
  const name = new URL(url).pathname.slice(1);
  await store.script(
    `drop role if exists reader_only; create role reader_only login password 'reader'; revoke create on database "${name}" from public;`,
  );
  cleanUps.push(() => store.script(`drop owned by reader_only; drop role reader_only;`));
  const limitedUrl = new URL(url);
  limitedUrl.username = 'reader_only';
  limitedUrl.password = 'reader';
  const limited = postgresStore(limitedUrl.href);
  cleanUps.push(() => limited.close?.());
  const lines: string[] = [];
  const logger = { info: () => undefined, warn: (line: string) => lines.push(line), error: () => undefined };

  const refused = ensureObservabilityTables(limited, { logger });

  await expect(refused).rejects.toMatchObject({ code: 'SCHEMA_MISSING' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('create_observability_schema.sql');
});

it('refuses a mode that does not exist', async () => {
  const { store } = await openDatabase();

  const refused = ensureObservabilityTables(store, { schema: 'maybe' as never });

  await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

it('gives every table and column a comment', async () => {
  const { store } = await openDatabase();
  await ensureObservabilityTables(store);

  const { rows } = await store.query(
    `select c.relname as name, a.attname as column_name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where n.nspname = 'observability' and c.relkind in ('r', 'p') and not c.relispartition
       and (col_description(c.oid, a.attnum) is null or obj_description(c.oid) is null)`,
  );

  expect(rows).toEqual([]);
});
