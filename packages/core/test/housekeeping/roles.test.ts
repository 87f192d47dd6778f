import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  AlertEvaluator,
  createObservability,
  ensureObservabilityTables,
  runHousekeeping,
  sqlState,
  withTracingContext,
} from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createQuietLogger, startPostgres } from '@pg-observability/testkit';
import { addSpans, DAY_MS, partitionNames } from './housekeeping-database.ts';

// A server of its own: roles belong to the server, and other files create the same ones.
let server: Awaited<ReturnType<typeof startPostgres>>;
let superuser: SqlStore;
const stores: SqlStore[] = [];
const password = randomBytes(8).toString('hex');
beforeAll(async () => {
  server = await startPostgres({ isDurable: false });
  superuser = open(server.url);
  await ensureObservabilityTables(superuser);
  // A partition that was made before the roles were.
  await addSpans(superuser, Date.now() - 20 * DAY_MS);
  const script = readFileSync(new URL('../../../../sql/ops/roles.sql', import.meta.url), 'utf8');
  await superuser.query(script);
  await superuser.query(script);
  for (const name of ['owner', 'writer', 'reader']) {
    await superuser.script(
      `create role app_${name} login password '${password}' in role observability_${name}`,
    );
  }
  await superuser.script('alter role app_owner set role observability_owner');
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close?.()));
  await server.stop();
});

function open(url: string): SqlStore {
  const store = postgresStore(url);
  stores.push(store);
  return store;
}

function storeOf(role: 'owner' | 'writer' | 'reader'): SqlStore {
  const url = new URL(server.url);
  url.username = `app_${role}`;
  url.password = password;
  return open(url.href);
}

/** The SQLSTATE each statement is refused with, or undefined. */
async function refusals(store: SqlStore, statements: readonly string[]): Promise<(string | undefined)[]> {
  const states: (string | undefined)[] = [];
  for (const statement of statements) {
    states.push(
      await store.query(statement).then(
        () => undefined,
        (error: unknown) => sqlState(error),
      ),
    );
  }
  return states;
}

it('let the owner keep house: it makes partitions ahead and drops what is past', async () => {
  const report = await runHousekeeping(storeOf('owner'));

  expect(report).toMatchObject({ ok: true, unfinished: false });
  expect(report.steps.flatMap(({ made }) => made)).toHaveLength(22);
  expect(report.steps.flatMap(({ dropped }) => dropped)).toHaveLength(1);
  const { rows } = await superuser.query(
    "select distinct tableowner::text as owner from pg_tables where schemaname = 'observability'",
  );
  expect(rows).toEqual([{ owner: 'observability_owner' }]);
});

it('let the writer store everything an application records, in partitions that the owner made', async () => {
  const store = storeOf('writer');
  const lines: string[] = [];
  const told: string[] = [];
  const observability = createObservability({
    serviceName: 'orders',
    store,
    schema: 'verify',
    alerts: { receivers: { ops: { kind: 'notify', notify: ({ title }) => told.push(title) } } },
    logger: { ...createQuietLogger(), warn: (line: string) => void lines.push(line) },
  });

  await withTracingContext('as a writer', () => Promise.reject(new Error('as a writer'))).catch(
    () => undefined,
  );
  observability.metrics.counter('writer.counts');
  const { workflowId } = await observability.workflows.createWorkflow({ workflowType: 'order' });
  await observability.workflows.transition(workflowId, 'paid', 'completed');
  const alert = { alertType: 'test', severity: 'error', title: 'test', message: 'test' } as const;
  const { id } = await observability.alerts.raise(alert);
  await observability.alerts.acknowledge(id, 'somebody');
  await observability.alerts.heartbeat('writer');
  const silence = await observability.alerts.silence({
    matchers: { alertType: 'x' },
    forMs: 1_000,
    by: 'me',
  });
  await observability.alerts.unsilence(silence.id);
  const evaluator = new AlertEvaluator(store, {
    schema: 'verify',
    rules: [
      { kind: 'heartbeat', alertType: 'never', heartbeat: 'never', within: '1h' },
      { kind: 'metric', alertType: 'quiet', name: 'none', aggregate: 'rate', below: 1 },
    ],
  });
  const evaluation = await evaluator.evaluateOnce();
  await observability.health.readiness();
  await observability.health.flush();
  // Stored already, and seen again.
  await observability.health.readiness();
  await observability.flush();
  const { history } = observability.health.stats();
  await observability.shutdown();

  expect(evaluation).toMatchObject({ ok: true, rules: [{ fired: 0 }, { fired: 1 }] });
  const { rows } = await superuser.query(`
    select (select array_agg(operation_name) from observability.v_spans where service_name = 'orders') as spans,
      (select array_agg(metric_name) from observability.metrics where metric_name = 'writer.counts') as metrics,
      (select count(*)::integer from observability.workflow_transitions) as transitions,
      (select array_agg(state order by id) from observability.alerts) as alerts,
      (select array_agg(distinct state) from observability.alert_notifications) as notifications,
      (select array_agg(message) from observability.error_groups) as errors,
      (select array_agg(check_name order by check_name) from observability.health_transitions
       where last_seen_at > occurred_at) as checks`);
  expect(rows).toEqual([
    {
      spans: ['as a writer'],
      metrics: ['writer.counts'],
      transitions: 2,
      alerts: ['acknowledged', 'firing'],
      notifications: ['delivered'],
      errors: ['as a writer'],
      checks: ['database', 'ready', 'telemetry'],
    },
  ]);
  expect(history).toMatchObject({ stored: 3, dropped: 0, lastError: null });
  expect(told).toEqual(['[acknowledged] test']);
  expect(lines).toEqual([]);
});

it('let the writer delete, drop and make nothing', async () => {
  const [partition] = await partitionNames(superuser);

  const states = await refusals(storeOf('writer'), [
    'delete from observability.spans',
    'update observability.spans set operation_name = $$x$$',
    'delete from observability.workflow_state',
    'delete from observability.alerts',
    "update observability.alert_events set note = 'x'",
    'delete from observability.alert_events',
    'delete from observability.health_transitions',
    'update observability.health_transitions set to_status = $$up$$',
    'truncate observability.spans',
    `drop table observability.${partition}`,
    `alter table observability.${partition?.replace(/_p\d+$/, '')} detach partition observability.${partition}`,
    'create table observability.mine (id integer)',
    'drop schema observability cascade',
    'update observability.schema_version set version = 99',
  ]);

  expect(new Set(states)).toEqual(new Set(['42501']));
});

it('let the reader read everything, also in partitions made since, and change nothing', async () => {
  const store = storeOf('reader');
  const made = await addSpans(storeOf('owner'), Date.now() + 40 * DAY_MS);

  const reads = await refusals(store, [
    'select * from observability.spans limit 1',
    'select * from observability.v_spans limit 1',
    'select * from observability.v_open_alerts limit 1',
    `select * from observability.${made} limit 1`,
    'select * from observability.workflow_state limit 1',
  ]);
  const writes = await refusals(store, [
    "insert into observability.resources (resource_id, service_name) values (1, 'x')",
    'update observability.alerts set count = 0',
    'delete from observability.spans',
    "insert into observability.leases values ('x', 'x', 1, now())",
    "select nextval('observability.metrics_id_seq')",
    `drop table observability.${made}`,
    'create table observability.mine (id integer)',
  ]);

  expect(new Set(reads)).toEqual(new Set([undefined]));
  expect(new Set(writes)).toEqual(new Set(['42501']));
});

it('tell a writer that keeps house what it lacks, step by step', async () => {
  const { steps } = await runHousekeeping(storeOf('writer'));

  const failed = steps.filter(({ ok }) => !ok).map(({ step }) => step);
  expect(failed).toEqual(expect.arrayContaining(['workflows', 'alerts', 'ingest_batches']));
});
