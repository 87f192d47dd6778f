import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHousekeeping } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import {
  addMetrics,
  addSpans,
  addWorkflowFamilies,
  DAY_MS,
  openDatabase,
  partitionNames,
  workflowTypes,
} from './housekeeping-database.ts';
import type { HousekeepingDatabase } from './housekeeping-database.ts';

const readScript = (name: string): string =>
  readFileSync(new URL(`../../../../sql/ops/${name}`, import.meta.url), 'utf8');

describe.each(['embedded', 15, 18] as const)('scripts for psql on %s', (kind) => {
  let database: HousekeepingDatabase;
  let store: SqlStore;
  beforeAll(async () => {
    database = await openDatabase(kind);
    ({ store } = database);
  });
  afterAll(() => database.close());

  it('make the partitions that the library would make, with the same bounds, whatever the time zone', async () => {
    const bounds = `select c.relname::text as name, pg_get_expr(c.relpartbound, c.oid) as bounds
      from pg_class c join pg_inherits i on i.inhrelid = c.oid
      where c.relkind = 'r' and c.relnamespace = 'observability'::regnamespace order by 1`;
    await store.transaction(async (sql) => {
      await sql.query("set local timezone = 'Europe/Berlin'");
      await sql.query(readScript('partitions_ahead.sql'));
    });

    const byScript = await store.query(bounds);
    const names = await partitionNames(store);
    await store.script(names.map((name) => `drop table observability.${name};`).join(''));
    await runHousekeeping(store);
    const byLibrary = await store.query(bounds);

    expect(byScript.rows).toEqual(byLibrary.rows);
    expect(byScript.rows).toHaveLength(22);
  });

  it('delete no workflow that belongs to one which still runs', async () => {
    await store.script('truncate observability.workflow_state');
    const kept = await addWorkflowFamilies(store);

    await store.query(readScript('prune.sql'));
    const left = await workflowTypes(store);
    await store.script('truncate observability.workflow_state');

    expect(left).toEqual(kept);
  });

  it('drop and delete what the library would', async () => {
    const now = Date.now();
    const [oldDay, recentDay] = [
      await addSpans(store, now - 30 * DAY_MS),
      await addSpans(store, now - 3 * DAY_MS),
    ];
    const [oldMonth, recentMonth] = [
      await addMetrics(store, now - 95 * DAY_MS),
      await addMetrics(store, now - 31 * DAY_MS),
    ];
    await store.script(`
      insert into observability.ingest_batches (batch_id, signal, row_count, stored_at)
      select 'old ' || n, 'spans', 1, now() - interval '9 days' from generate_series(1, 2500) n;
      insert into observability.ingest_batches (batch_id, signal, row_count) values ('recent', 'spans', 1);
      insert into observability.workflow_state (workflow_id, workflow_type, current_phase, status, created_at, finished_at) values
        (gen_random_uuid(), 'old', 'done', 'completed', now() - interval '2 years', now() - interval '366 days'),
        (gen_random_uuid(), 'running', 'started', 'running', now() - interval '2 years', null);
      insert into observability.workflow_transitions (workflow_id, version, to_phase, to_status)
      select workflow_id, 1, 'started', 'running' from observability.workflow_state;
      insert into observability.alerts (alert_type, severity, title, fingerprint, resolved_at) values
        ('old', 'error', 'old', 'a', now() - interval '366 days'), ('open', 'error', 'open', 'b', null);
      insert into observability.alert_events (alert_id, to_state, note)
      select id, 'firing', alert_type from observability.alerts;
      insert into observability.alert_silences (matchers, matchers_hash, patterns, created_by, ends_at) values
        ('{}', 'a', '{}', 'old', now() - interval '366 days'), ('{}', 'b', '{}', 'recent', now())`);

    await store.query(readScript('prune.sql'));

    const left = await partitionNames(store);
    expect([oldDay, recentDay, oldMonth, recentMonth].map((name) => left.includes(name))).toEqual([
      false,
      true,
      false,
      true,
    ]);
    const { rows } = await store.query(`
      select (select array_agg(batch_id) from observability.ingest_batches) as batches,
        (select array_agg(workflow_type) from observability.workflow_state) as workflows,
        (select count(*)::integer from observability.workflow_transitions) as transitions,
        (select array_agg(note) from observability.alert_events) as events,
        (select array_agg(created_by) from observability.alert_silences) as silences`);
    expect(rows).toEqual([
      {
        batches: ['recent'],
        workflows: ['running'],
        transitions: 1,
        events: ['open'],
        silences: ['recent'],
      },
    ]);
    const report = await runHousekeeping(store);
    expect(report.steps.flatMap(({ dropped }) => dropped)).toEqual([]);
  });

  it('tell the growth of each table', async () => {
    await addSpans(store, Date.now());
    await addMetrics(store, Date.now());

    const { rows } = await store.query(readScript('storage_forecast.sql'));

    expect(rows.map(({ table_name: table }) => table)).toEqual(
      expect.arrayContaining(['spans', 'metrics', 'workflow_state', 'all']),
    );
    expect(rows.at(-1)).toMatchObject({ table_name: 'all', days_to_budget: null });
  });
});

describe('settings of the scripts', () => {
  let database: HousekeepingDatabase;
  beforeAll(async () => {
    database = await openDatabase(18);
  });
  afterAll(() => database.close());

  /** Runs a script as psql does with PGOPTIONS. */
  async function runWith(options: string, script: string): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: database.url ?? '', options });
    await client.connect();
    try {
      return await client.query(readScript(script));
    } finally {
      await client.end();
    }
  }

  it('change the retention and the budget', async () => {
    const { store } = database;
    const now = Date.now();
    const days = [await addSpans(store, now - 5 * DAY_MS), await addSpans(store, now - 3 * DAY_MS)];
    const today = await addSpans(store, now);

    await runWith('-c observability.spans_days=4', 'prune.sql');
    const afterDays = await partitionNames(store);
    await runWith('-c observability.max_bytes=1000', 'prune.sql');
    const afterBytes = await partitionNames(store);
    const forecast = await runWith('-c observability.max_bytes=5000000000', 'storage_forecast.sql');

    expect(afterDays).toEqual([days[1], today]);
    expect(afterBytes).toEqual([today]);
    expect(Number(forecast.rows.at(-1)?.days_to_budget)).toBeGreaterThan(0);
  });

  it('skip a partition that is in use', async () => {
    const { store } = database;
    const old = await addSpans(store, Date.now() - 40 * DAY_MS);
    const reader = new pg.Client({ connectionString: database.url ?? '' });
    await reader.connect();
    await reader.query('begin');
    await reader.query('select count(*) from observability.spans');

    await runWith('', 'prune.sql');
    const whileRead = await partitionNames(store);
    await reader.end();
    await runWith('', 'prune.sql');

    expect([whileRead.includes(old), (await partitionNames(store)).includes(old)]).toEqual([true, false]);
  });
});
