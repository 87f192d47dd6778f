import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlertManager, MetricsCollector, WorkflowStateTracker } from '@pg-observability/core';
import type { AlertRule, MetricAggregate, SqlStore } from '@pg-observability/core';
import { createQuietLogger } from '@pg-observability/testkit';
import { addPoints, alertsOf, look, openDatabase, passTime } from './rules-database.ts';
import type { RulesDatabase } from './rules-database.ts';

const byText = (one: unknown, other: unknown): number =>
  JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;

describe.each(['embedded', 15, 18] as const)('rules read from %s', (kind) => {
  let database: RulesDatabase;
  let store: SqlStore;
  beforeAll(async () => {
    database = await openDatabase(kind);
    ({ store } = database);
  }, 120_000);
  afterAll(() => database.close());

  /** The value a rule measures, by group: a limit that everything is above. */
  async function measure(rule: Partial<AlertRule> & { alertType: string }): Promise<[object, unknown][]> {
    await look(store, [
      { kind: 'metric', name: rule.alertType, aggregate: 'sum', above: -1e300, ...rule } as AlertRule,
    ]);
    return (await alertsOf(store, rule.alertType)).map(({ labels, metadata }) => [labels, metadata['value']]);
  }

  it('a rate, a sum, a count and an average of a counter over the last minutes only', async () => {
    const name = 'orders.failed';
    await addPoints(store, [
      { name, value: 3, secondsAgo: 10 },
      { name, value: 9, secondsAgo: 50 },
      { name, value: 1_000, secondsAgo: 70 },
      { name, value: 1_000, service: 'other' },
      { name: 'orders.failed.not', value: 1_000 },
    ]);

    const values: unknown[] = [];
    for (const aggregate of ['rate', 'sum', 'count', 'avg'] as MetricAggregate[]) {
      values.push(await measure({ alertType: `failed.${aggregate}`, name, aggregate, over: '1m' }));
    }

    expect(values).toEqual([0.2, 12, 2, 6].map((value) => [[{}, value]]));
  });

  it('the least, the greatest, the latest and the mean value of a gauge', async () => {
    const name = 'orders.waiting';
    await addPoints(
      store,
      [5, 7, -2].map((value, n) => ({ name, value, secondsAgo: 30 - n * 10, type: 'gauge' as const })),
    );

    const values: unknown[] = [];
    for (const aggregate of ['min', 'max', 'last', 'avg'] as MetricAggregate[]) {
      values.push(await measure({ alertType: `waiting.${aggregate}`, name, aggregate }));
    }

    expect(values).toEqual([-2, 7, -2, 10 / 3].map((value) => [[{}, value]]));
  });

  it('percentiles of a histogram as recorded, within 1.1 %, by group', async () => {
    const metrics = new MetricsCollector(store, { serviceName: 'shop' });
    for (let n = 1; n <= 1_000; n += 1) {
      metrics.histogram('order.duration', n / 1_000, { route: n % 2 === 0 ? 'even' : 'odd' });
      metrics.histogram('order.duration', n / 100_000, { route: 'fast' });
    }
    await metrics.flush();
    const rule = { name: 'order.duration', over: '5m' } as const;

    const all = await measure({ alertType: 'p50', aggregate: 'p50', ...rule });
    const byRoute = await measure({ alertType: 'p99.9', aggregate: 'p99.9', groupBy: ['route'], ...rule });
    const most = await measure({ alertType: 'p100', aggregate: 'p100', labels: { route: 'fast' }, ...rule });
    const rate = await measure({
      alertType: 'requests',
      aggregate: 'rate',
      labels: { route: 'fast' },
      ...rule,
    });
    await metrics.shutdown();

    const near = (value: number): unknown => expect.closeTo(value, value < 0.1 ? 3 : 1) as unknown;
    expect(all).toEqual([[{}, near(0.01)]]);
    expect(byRoute.toSorted(byText)).toEqual([
      [{ route: 'even' }, near(1)],
      [{ route: 'fast' }, near(0.01)],
      [{ route: 'odd' }, near(1)],
    ]);
    expect(most).toEqual([[{ route: 'fast' }, 0.01]]);
    expect(rate).toEqual([[{ route: 'fast' }, 1_000 / 300]]);
  });

  it('each group of labels by itself, and a rate of 0 for one that was there within the hour', async () => {
    const name = 'jobs.done';
    await addPoints(store, [
      { name, value: 4, labels: { queue: 'mail', host: 'a' } },
      { name, value: 5, labels: { queue: 'mail', host: 'b' } },
      { name, value: 7, labels: { queue: 'sms', host: 'a' }, secondsAgo: 1_000 },
      { name, value: 9, labels: { queue: 'fax', host: 'a' }, secondsAgo: 4_000 },
      { name, value: 9, labels: { host: 'a' }, service: 'other' },
    ]);

    const values = await measure({
      alertType: 'jobs',
      name,
      aggregate: 'sum',
      groupBy: ['service.name', 'queue'],
      serviceName: null,
    });

    expect(values).toHaveLength(3);
    expect(values).toEqual(
      expect.arrayContaining([
        [{ queue: 'mail', 'service.name': 'shop' }, 9],
        [{ queue: 'sms', 'service.name': 'shop' }, 0],
        [{ 'service.name': 'other' }, 9],
      ]),
    );
  });

  it('nothing of a metric without points as 0 where that is what it means, else as no value', async () => {
    await look(store, [
      { kind: 'metric', alertType: 'none.rate', name: 'none', aggregate: 'rate', below: 1 },
      { kind: 'metric', alertType: 'none.last', name: 'none', aggregate: 'last', below: 1 },
      { kind: 'metric', alertType: 'none.p95', name: 'none', aggregate: 'p95', below: 1, missing: 'fire' },
    ]);

    const found = await Promise.all(
      ['none.rate', 'none.last', 'none.p95'].map((type) => alertsOf(store, type)),
    );

    expect(
      found.map((alerts) => alerts.map(({ metadata, message }) => [metadata['value'], message])),
    ).toEqual([
      [[0, 'rate of none over 5 min is 0, below 1.']],
      [],
      [[null, 'p95 of none over 5 min is not known; it is to be told when it is below 1.']],
    ]);
  });

  it('the part of the requests of a route that failed, where there are enough', async () => {
    const metrics = new MetricsCollector(store, { serviceName: 'shop' });
    const record = (route: string, status: number, count: number, error?: string): void => {
      for (let n = 0; n < count; n += 1) {
        metrics.histogram('http.server.request.duration', 0.01, {
          'http.route': route,
          'http.response.status_code': status,
          ...(error === undefined ? {} : { 'error.type': error }),
        });
      }
    };
    record('/bad', 200, 9);
    record('/bad', 500, 1);
    record('/good', 200, 95);
    record('/good', 404, 10);
    record('/good', 503, 5);
    record('/rare', 500, 9);
    record('/cut', 200, 50, 'TypeError');
    await metrics.flush();
    await metrics.shutdown();

    await look(store, [{ kind: 'errorRatio', alertType: 'ratio', above: 0.05, atLeast: 10 }]);

    const alerts = await alertsOf(store, 'ratio');
    expect(alerts.map(({ labels, metadata }) => [labels['http.route'], metadata]).toSorted(byText)).toEqual([
      ['/bad', { rule: 'errorRatio', above: 0.05, value: 0.1, requests: 10, failed: 1 }],
      ['/cut', { rule: 'errorRatio', above: 0.05, value: 1, requests: 50, failed: 50 }],
    ]);
    expect(alerts.find(({ labels }) => labels['http.route'] === '/bad')).toMatchObject({
      title: 'The part of requests that failed over 5 min is above 5 % (http.route=/bad)',
      message: 'The part of requests that failed over 5 min is 10 %, above 5 %.',
    });
  });

  it('that a metric which came again and again has stopped, and that it comes again', async () => {
    const points = (queue: string, secondsAgo: readonly number[]) =>
      secondsAgo.map((ago) => ({ name: 'beats', value: 1, labels: { queue }, secondsAgo: ago }));
    await addPoints(store, [
      ...points('stopped', [900, 800, 700]),
      ...points('alive', [900, 800, 10]),
      ...points('once', [700]),
    ]);
    const rule: AlertRule = {
      kind: 'noData',
      alertType: 'stopped',
      name: 'beats',
      groupBy: ['queue'],
      within: '10m',
    };

    await look(store, [rule]);
    const stopped = await alertsOf(store, 'stopped');
    await addPoints(store, points('stopped', [1]));
    await look(store, [rule]);
    const again = await alertsOf(store, 'stopped');

    expect(stopped.map(({ labels, state, title }) => [labels, state, title])).toEqual([
      [{ queue: 'stopped' }, 'firing', 'beats has stopped (queue=stopped)'],
    ]);
    expect(again.map(({ state }) => state)).toEqual(['resolved']);
  });

  it('that a heartbeat is overdue, or never came since it was first asked for', async () => {
    const alerts = new AlertManager(store, { serviceName: 'shop' });
    await alerts.heartbeat('in time');
    await alerts.heartbeat('late');
    await store.query(
      "update observability.alert_heartbeats set last_at = last_at - interval '2 hours' where name = 'late'",
    );
    const rules = ['in time', 'late', 'never'].map((heartbeat): AlertRule => ({
      kind: 'heartbeat',
      alertType: heartbeat,
      heartbeat,
      within: '1h',
    }));
    const states = async (): Promise<(string | undefined)[]> =>
      (await Promise.all(rules.map(({ alertType }) => alertsOf(store, alertType)))).map(
        (list) => list.at(-1)?.state,
      );

    await look(store, rules);
    const first = await states();
    await store.query(
      "update observability.alert_heartbeats set expected_since = expected_since - interval '2 hours' where name = 'never'",
    );
    await alerts.heartbeat('late');
    await look(store, rules);
    const second = await states();

    expect([first, second]).toEqual([
      [undefined, 'firing', undefined],
      [undefined, 'resolved', 'firing'],
    ]);
    expect((await alertsOf(store, 'never'))[0]?.metadata).toMatchObject({ neverCame: true });
  });

  it('that a check is down in one process at least, since when, and of which service', async () => {
    await store.script(`
      insert into observability.health_transitions (service_name, instance_id, check_name, to_status, reason, occurred_at) values
        ('shop', 'a', 'database', 'down', 'refused', now() - interval '3 minutes'),
        ('shop', 'a', 'database', 'up', null, now() - interval '2 minutes'),
        ('shop', 'b', 'database', 'down', 'timed out', now() - interval '5 minutes'),
        ('shop', 'a', 'disk', 'degraded', 'nearly full', now() - interval '9 minutes'),
        ('shop', 'a', 'cache', 'down', null, now() - interval '2 days'),
        ('other', 'a', 'database', 'down', null, now() - interval '9 minutes')`);

    await look(store, [
      { kind: 'health', alertType: 'down', for: '4m' },
      { kind: 'health', alertType: 'down.long', for: '6m' },
      { kind: 'health', alertType: 'degraded', status: 'degraded', check: 'disk' },
      { kind: 'health', alertType: 'down.any', check: 'database', serviceName: null, for: '6m' },
    ]);

    const found = await Promise.all(
      ['down', 'down.long', 'degraded', 'down.any'].map((type) => alertsOf(store, type)),
    );
    expect(found.map((alerts) => alerts.map(({ labels }) => labels))).toEqual([
      [{ check: 'database', 'service.name': 'shop' }],
      [],
      [{ check: 'disk', 'service.name': 'shop' }],
      [{ check: 'database', 'service.name': 'other' }],
    ]);
    expect(found[0]?.[0]?.metadata).toMatchObject({ value: 1, reason: 'timed out' });
  });

  it('that workflows are past their deadline, by type, with the oldest of them', async () => {
    const workflows = new WorkflowStateTracker(store, { serviceName: 'shop' });
    const ids: string[] = [];
    for (let n = 0; n < 8; n += 1) {
      ids.push((await workflows.createWorkflow({ workflowType: n < 7 ? 'order' : 'refund' })).workflowId);
    }
    await store.query(
      `update observability.workflow_state w set deadline_at = now() - make_interval(mins => d.minutes)
       from jsonb_to_recordset($1::jsonb) as d(id uuid, minutes integer) where w.workflow_id = d.id`,
      [JSON.stringify(ids.map((id, n) => ({ id, minutes: n === 7 ? -5 : 10 - n })))],
    );
    await workflows.transition(ids[0] ?? '', 'paid', 'completed');

    await look(store, [
      { kind: 'stuckWorkflow', alertType: 'stuck' },
      { kind: 'stuckWorkflow', alertType: 'stuck.many', workflowType: 'order', above: 6 },
    ]);

    const [alert, ...others] = await alertsOf(store, 'stuck');
    expect(others).toEqual([]);
    expect(alert?.labels).toEqual({ 'workflow.type': 'order' });
    expect(alert?.metadata).toMatchObject({ value: 6, oldest: ids.slice(1, 6) });
    expect(await alertsOf(store, 'stuck.many')).toEqual([]);
  });

  it('what telemetry was lost by any process, and what waits on the disk of this one', async () => {
    await addPoints(store, [
      { name: 'otel.sdk.exporter.span.exported', value: 100 },
      { name: 'otel.sdk.exporter.span.exported', value: 3, labels: { 'error.type': 'queue_full' } },
      { name: 'otel.sdk.exporter.span.exported', value: 2, labels: { 'error.type': 'poison' } },
      {
        name: 'otel.sdk.exporter.metric_data_point.exported',
        value: 9,
        labels: { 'error.type': 'queue_full' },
        secondsAgo: 900,
      },
    ]);
    const stats = { spans: { dropped: {}, spooled: 7 }, metrics: { dropped: { shutdown: 1 }, spooled: 0 } };

    const evaluator = await look(
      store,
      [
        { kind: 'ingest', alertType: 'lost', measure: 'dropped' },
        { kind: 'ingest', alertType: 'waits', measure: 'waiting', above: 6 },
      ],
      { ingestStats: (signal) => stats[signal] },
    );
    const first = await alertsOf(store, 'lost');
    stats.metrics = { dropped: { shutdown: 5 }, spooled: 0 };
    await evaluator.evaluateOnce();
    const second = await alertsOf(store, 'lost');

    expect(first.map(({ labels, metadata }) => [labels, metadata])).toEqual([
      [{ signal: 'spans' }, { rule: 'ingest', above: 0, value: 5, reasons: 'poison, queue_full' }],
    ]);
    expect(second.map(({ labels, metadata }) => [labels['signal'], metadata['value']])).toEqual([
      ['spans', 5],
      ['metrics', 4],
    ]);
    expect((await alertsOf(store, 'waits')).map(({ labels }) => labels)).toEqual([{ signal: 'spans' }]);
  });

  it('errors that were not seen before, from whoever knows them, one alert for each', async () => {
    const now = Date.now();
    const asked: object[] = [];
    const errors = ['TypeError', 'RangeError'].map((type) => ({
      fingerprint: type.toLowerCase(),
      type,
      message: `no ${type}`,
      count: 3,
      firstSeenMs: now - 60_000,
    }));
    const rule: AlertRule = { kind: 'newError', alertType: 'new', within: '10m' };
    const readNewErrors = async (
      _sql: unknown,
      query: { serviceName: string | null; sinceMs: number },
    ): Promise<typeof errors> => (asked.push(query), errors);

    await look(store, [rule], { readNewErrors });
    const first = await alertsOf(store, 'new');
    errors.pop();
    await look(store, [rule], { readNewErrors });
    const second = await alertsOf(store, 'new');

    expect(asked[0]).toEqual({ serviceName: 'shop', sinceMs: expect.closeTo(now - 600_000, -4) as number });
    expect(first.map(({ labels, metadata }) => [labels, metadata['error']]).toSorted(byText)).toEqual([
      [{ 'error.fingerprint': 'rangeerror', 'error.type': 'RangeError' }, 'no RangeError'],
      [{ 'error.fingerprint': 'typeerror', 'error.type': 'TypeError' }, 'no TypeError'],
    ]);
    expect(second.map(({ labels, state }) => [labels['error.type'], state]).toSorted(byText)).toEqual([
      ['RangeError', 'resolved'],
      ['TypeError', 'firing'],
    ]);
  });

  it('no more than a thousand groups of a rule, and tells that there are more', async () => {
    await addPoints(
      store,
      Array.from({ length: 1_005 }, (_, n) => ({ name: 'many', value: 1, labels: { user: `u${n}` } })),
    );

    const evaluator = await look(
      store,
      [{ kind: 'metric', alertType: 'many', name: 'many', aggregate: 'sum', above: 1, groupBy: ['user'] }],
      { logger: createQuietLogger() },
    );

    expect(evaluator.stats()).toMatchObject({ tooManyGroups: ['many'], failures: {} });
  });

  it('names and labels as they are, with quotes, SQL and __proto__ in them', async () => {
    const name = `'; drop schema observability cascade; -- $1 %`;
    const labels = { __proto__: null, __proto__x: 'x', "it's": '"quoted"', $1: '\\' } as unknown as Record<
      string,
      string
    >;
    await addPoints(store, [{ name, value: 4, labels }]);

    const values = await measure({
      alertType: name,
      name,
      labels: { "it's": '"quoted"' },
      groupBy: ['$1', "it's", '__proto__'],
    });

    expect(values).toEqual([[{ $1: '\\', "it's": '"quoted"' }, 4]]);
  });

  it('that time has passed from what is stored', async () => {
    await addPoints(store, [{ name: 'slow', value: 5 }]);
    const rule: AlertRule = {
      kind: 'metric',
      alertType: 'slow',
      name: 'slow',
      aggregate: 'sum',
      above: 1,
      for: '2m',
    };

    await look(store, [rule]);
    const pending = await alertsOf(store, 'slow');
    await passTime(store, 121);
    await look(store, [rule]);

    expect(pending).toEqual([]);
    expect((await alertsOf(store, 'slow')).map(({ state, count }) => [state, count])).toEqual([
      ['firing', 1],
    ]);
  });
});
