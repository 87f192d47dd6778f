import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryStore } from '@pg-observability/core/testing';
import { runHousekeeping, storageForecast } from '../../src/housekeeping/run-housekeeping.ts';
import type {
  HousekeepingReport,
  HousekeepingStep,
  HousekeepingStepReport,
} from '../../src/housekeeping/housekeeping-report.ts';
import { partitionOf } from '../../src/storage/partition-bounds.ts';
import type { PartitionedTable } from '../../src/storage/partition-bounds.ts';
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

function step(report: HousekeepingReport, name: HousekeepingStep): Partial<HousekeepingStepReport> {
  const { durationMs: _durationMs, ...rest } = report.steps.find((each) => each.step === name) ?? {
    durationMs: 0,
  };
  return rest;
}

const nothing = {
  ok: true,
  error: null,
  made: [],
  dropped: [],
  postponed: [],
  deletedRows: 0,
  unfinished: false,
};

describe.each(['embedded', 15, 18] as const)('a round of housekeeping on %s', (kind) => {
  let database: HousekeepingDatabase;
  beforeAll(async () => {
    database = await openDatabase(kind);
  });
  afterAll(() => database.close());

  it('makes the partitions of the next 7 days and 2 months, and finds them the next time', async () => {
    const { store } = database;
    const now = new Date();
    const days = (table: PartitionedTable): string[] =>
      Array.from({ length: 8 }, (_, day) => partitionOf(table, now.getTime() + day * DAY_MS).name);
    const months = (table: PartitionedTable): string[] =>
      Array.from(
        { length: 3 },
        (_, month) => partitionOf(table, Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + month, 1)).name,
      );
    const ahead = [
      ...days('spans'),
      ...months('metrics'),
      ...days('metric_minutes'),
      ...months('metric_hours'),
    ];

    const [first, second] = [await runHousekeeping(store), await runHousekeeping(store)];

    expect(step(first, 'partitions_ahead')).toEqual({
      ...nothing,
      step: 'partitions_ahead',
      made: ahead,
    });
    expect(step(second, 'partitions_ahead')).toEqual({ ...nothing, step: 'partitions_ahead' });
    expect([first.ok, first.unfinished, second.ok]).toEqual([true, false, true]);
    expect(await partitionNames(store)).toEqual(expect.arrayContaining(ahead));
  });

  it('drops days of spans and months of metrics that are past retention as a whole, and no others', async () => {
    const { store } = database;
    const now = Date.now();
    const kept = [
      await addSpans(store, now - 13 * DAY_MS),
      // A part of this day is within the 14 days, unless it is just midnight.
      await addSpans(store, now - 14 * DAY_MS),
      await addMetrics(store, now - 31 * DAY_MS),
    ];
    const oldSpans = [await addSpans(store, now - 40 * DAY_MS), await addSpans(store, now - 16 * DAY_MS)];
    const oldMetrics = [await addMetrics(store, now - 95 * DAY_MS)];

    const report = await runHousekeeping(store);

    expect(step(report, 'spans_retention')).toEqual({
      ...nothing,
      step: 'spans_retention',
      dropped: oldSpans,
    });
    expect(step(report, 'metrics_retention')).toEqual({
      ...nothing,
      step: 'metrics_retention',
      dropped: oldMetrics,
    });
    const left = await partitionNames(store);
    expect(left).toEqual(expect.arrayContaining(kept));
    expect(left.filter((name) => [...oldSpans, ...oldMetrics].includes(name))).toEqual([]);
  });

  it('keeps longer what it is told to keep longer', async () => {
    const { store } = database;
    const day = await addSpans(store, Date.now() - 100 * DAY_MS);

    const kept = await runHousekeeping(store, { retention: { spansDays: 120 } });
    const dropped = await runHousekeeping(store, { retention: { spansDays: 90 } });

    expect([step(kept, 'spans_retention').dropped, step(dropped, 'spans_retention').dropped]).toEqual([
      [],
      [day],
    ]);
  });

  it('deletes what finished a year ago, with its transitions, and nothing that is open', async () => {
    const { store } = database;
    await store.script(`
      insert into observability.workflow_state (workflow_id, workflow_type, current_phase, status, created_at, finished_at)
      select gen_random_uuid(), 'old', 'done', 'completed', now() - interval '400 days', now() - interval '366 days'
      from generate_series(1, 2500);
      insert into observability.workflow_state (workflow_id, workflow_type, current_phase, status, created_at, finished_at) values
        ('00000000-0000-4000-8000-000000000001', 'running', 'started', 'running', now() - interval '900 days', null),
        ('00000000-0000-4000-8000-000000000002', 'recent', 'done', 'failed', now() - interval '900 days', now() - interval '364 days');
      insert into observability.workflow_transitions (workflow_id, version, to_phase, to_status)
      select workflow_id, v, 'phase', 'status' from observability.workflow_state, generate_series(1, 3) v;
      insert into observability.alerts (alert_type, severity, title, fingerprint, triggered_at, resolved_at) values
        ('old', 'error', 'old', 'a', now() - interval '700 days', now() - interval '366 days'),
        ('recent', 'error', 'recent', 'b', now() - interval '700 days', now() - interval '364 days'),
        ('open', 'error', 'open', 'c', now() - interval '700 days', null);
      insert into observability.alert_events (alert_id, to_state, note)
      select id, 'firing', alert_type from observability.alerts;
      insert into observability.alert_silences (matchers, matchers_hash, patterns, created_by, ends_at, ended_at) values
        ('{}', 'a', '{}', 'run out', now() - interval '366 days', null),
        ('{}', 'b', '{}', 'taken back', now() + interval '1 day', now() - interval '366 days'),
        ('{}', 'c', '{}', 'recent', now() - interval '364 days', null);
      insert into observability.alert_rule_state
        (fingerprint, service_name, rule, labels, state, since, is_breached, is_flapping, breach_changed_at, refreshed_at, changes_ms)
      select rule, '', rule, '{}', 'ok', t, false, false, t, t, '[]'
      from (values ('old', now() - interval '366 days'), ('recent', now() - interval '364 days')) as v(rule, t);
      insert into observability.alert_notifications
        (receiver, idempotency_key, alert_id, group_key, change, state, created_at, due_at, settled_at) values
        ('ops', 'old', 1, '', '{}', 'delivered', now() - interval '60 days', now(), now() - interval '32 days'),
        ('ops', 'repeated', 1, '', '{}', 'delivered', now() - interval '60 days', now(), now() - interval '1 day'),
        ('gone', 'waiting', 1, '', '{}', 'queued', now() - interval '60 days', now() - interval '32 days', null),
        ('ops', 'recent', 1, '', '{}', 'dead', now() - interval '30 days', now(), now() - interval '30 days');
      insert into observability.error_groups
        (fingerprint, service_name, exception_type, message, first_seen_at, last_seen_at, count, state, state_changed_at)
      select name, 'test', 'Error', name, now() - interval '200 days', now() - age, 1, state, now() from (values
        ('old', interval '91 days', 'open'), ('recent', interval '89 days', 'resolved'),
        ('ignored', interval '91 days', 'ignored')) g (name, age, state);
      insert into observability.health_transitions (service_name, check_name, to_status, occurred_at, last_seen_at) values
        ('test', 'old', 'down', now() - interval '900 days', now() - interval '366 days'),
        ('test', 'recent', 'up', now() - interval '900 days', now() - interval '364 days');
      insert into observability.ingest_batches (batch_id, signal, row_count, stored_at) values
        ('old', 'spans', 1, now() - interval '193 hours'), ('recent', 'spans', 1, now() - interval '191 hours');`);

    const report = await runHousekeeping(store);

    expect(report.steps.map(({ step: name, deletedRows }) => [name, deletedRows])).toEqual([
      ['partitions_ahead', 0],
      ['metric_rollups', 0],
      ['spans_retention', 0],
      ['metrics_retention', 0],
      ['metric_rollups_retention', 0],
      ['size_budget', 0],
      ['workflows', 2500],
      ['alerts', 4],
      ['alert_notifications', 2],
      ['error_groups', 1],
      ['health_transitions', 1],
      ['ingest_batches', 1],
    ]);
    const { rows } = await store.query(`
      select (select array_agg(workflow_type order by workflow_type) from observability.workflow_state) as workflows,
        (select count(*)::integer from observability.workflow_transitions) as transitions,
        (select array_agg(alert_type order by alert_type) from observability.alerts) as alerts,
        (select array_agg(note order by note) from observability.alert_events) as events,
        (select array_agg(created_by) from observability.alert_silences) as silences,
        (select array_agg(rule) from observability.alert_rule_state) as rules,
        (select array_agg(idempotency_key order by idempotency_key) from observability.alert_notifications) as notifications,
        (select array_agg(fingerprint order by fingerprint) from observability.error_groups) as errors,
        (select array_agg(check_name) from observability.health_transitions) as checks,
        (select array_agg(batch_id) from observability.ingest_batches) as batches`);
    expect(rows).toEqual([
      {
        workflows: ['recent', 'running'],
        transitions: 6,
        alerts: ['open', 'recent'],
        events: ['open', 'recent'],
        silences: ['recent'],
        rules: ['recent'],
        notifications: ['recent', 'repeated'],
        errors: ['ignored', 'recent'],
        checks: ['recent'],
        batches: ['recent'],
      },
    ]);
  });

  it('deletes no workflow that belongs to one which still runs, whichever of them is the parent', async () => {
    const { store } = database;
    await store.script('truncate observability.workflow_state');
    const kept = await addWorkflowFamilies(store);

    const report = await runHousekeeping(store);

    expect(step(report, 'workflows')).toMatchObject({ ok: true, deletedRows: 4 });
    expect(await workflowTypes(store)).toEqual(kept);
  });

  it('drops the oldest days until everything fits into the budget, and says when that is not enough', async () => {
    const { store } = database;
    const now = Date.now();
    const days = [
      await addSpans(store, now - 4 * DAY_MS, 2_000, 2_000),
      await addSpans(store, now - 3 * DAY_MS, 2_000, 2_000),
      await addSpans(store, now, 5_500, 2_000),
    ];

    const { bytes, partitions } = await storageForecast(store);
    const oldest = partitions.findIndex(({ name }) => name === days[0]);
    const older = partitions.slice(0, oldest + 1).reduce((sum, partition) => sum + partition.bytes, 0);
    const maxBytes = bytes - older + 1_000_000;

    const fits = await runHousekeeping(store, { retention: { maxBytes } });
    const tooMuch = await runHousekeeping(store, { retention: { maxBytes: 10_000_000 } });

    const left = await partitionNames(store);
    expect(step(fits, 'size_budget')).toMatchObject({ ok: true, dropped: expect.arrayContaining([days[0]]) });
    expect(step(fits, 'size_budget').dropped).not.toContain(days[1]);
    expect(step(tooMuch, 'size_budget')).toMatchObject({ ok: false, error: expect.any(String) });
    expect(step(tooMuch, 'size_budget').dropped).toContain(days[1]);
    expect(days.map((name) => left.includes(name))).toEqual([false, false, true]);
    expect(tooMuch.steps.filter(({ ok }) => !ok).map((each) => each.step)).toEqual(['size_budget']);
  });

  it('does the other steps when one fails', async () => {
    const { store } = database;
    const old = await addSpans(store, Date.now() - 50 * DAY_MS);
    await store.script(`alter table observability.alerts rename to alerts_away;
      insert into observability.ingest_batches (batch_id, signal, row_count, stored_at)
      values ('old again', 'spans', 1, now() - interval '9 days');`);

    const report = await runHousekeeping(store);
    await store.script('alter table observability.alerts_away rename to alerts');

    expect(report.steps.filter(({ ok }) => !ok).map((each) => each.step)).toEqual(['alerts']);
    expect([step(report, 'spans_retention').dropped, step(report, 'ingest_batches').deletedRows]).toEqual([
      [old],
      1,
    ]);
  });

  it('finishes what an earlier round began, and leaves what somebody detached to keep', async () => {
    const { store } = database;
    const now = Date.now();
    const leftover = await addSpans(store, now - 60 * DAY_MS);
    const archive = await addSpans(store, now - 61 * DAY_MS);
    await store.query(`comment on table observability.${leftover} is 'Being dropped by housekeeping.'`);
    for (const name of [leftover, archive]) {
      await store.query(`alter table observability.spans detach partition observability.${name}`);
    }

    const report = await runHousekeeping(store);

    expect(step(report, 'spans_retention').dropped).toEqual([leftover]);
    expect(await partitionNames(store)).toContain(archive);
  });
});

it.each([
  [{ spansDays: 0 }],
  [{ metricsDays: 1.5 }],
  [{ alertsDays: Number.NaN }],
  [{ notificationsDays: 0 }],
  [{ errorsDays: -1 }],
  [{ workflowsDays: '365' }],
  [{ maxBytes: 5 }],
  [{ maxBytes: Number.POSITIVE_INFINITY }],
  [{ days: 14 }],
  [null],
  [[]],
])('refuses the retention %o', async (retention) => {
  const refusal = runHousekeeping(memoryStore(), { retention: retention as never });

  await expect(refusal).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

it.each([undefined, null, {}, 'postgres://'])('refuses %o, which is no store', async (store) => {
  await expect(runHousekeeping(store as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});
