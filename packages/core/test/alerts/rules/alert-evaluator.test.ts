import { afterAll, beforeAll, expect, it } from 'vitest';
import { AlertEvaluator, AlertManager, createObservability } from '@pg-observability/core';
import type { Alert, AlertChange, AlertEvaluatorOptions, AlertRule, SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createQuietLogger } from '@pg-observability/testkit';
import { addPoints, alertsOf, look, openDatabase, passTime } from './rules-database.ts';
import type { RulesDatabase } from './rules-database.ts';

let database: RulesDatabase;
let store: SqlStore;
let alerts: AlertManager;
const evaluators: AlertEvaluator[] = [];
beforeAll(async () => {
  database = await openDatabase(18);
  ({ store } = database);
  alerts = new AlertManager(store);
});
afterAll(async () => {
  await Promise.all(evaluators.map((evaluator) => evaluator.stop()));
  await database.close();
});

/** A rule about the latest value of a gauge that has its name. */
function createRule(alertType: string, options: Partial<AlertRule> = {}): AlertRule {
  return {
    kind: 'metric',
    alertType,
    name: alertType,
    aggregate: 'last',
    above: 10,
    ...options,
  } as AlertRule;
}

async function setValue(name: string, value: number): Promise<void> {
  await addPoints(store, [{ name, value, type: 'gauge', secondsAgo: 0 }]);
}

function create(
  options: Partial<AlertEvaluatorOptions> & Pick<AlertEvaluatorOptions, 'rules'>,
): AlertEvaluator {
  const evaluator = new AlertEvaluator(store, {
    serviceName: 'shop',
    logger: createQuietLogger(),
    ...options,
  });
  evaluators.push(evaluator);
  return evaluator;
}

const states = (list: readonly Alert[]): string[] => list.map(({ state }) => state);

it('raises an alert, tells it the latest value, and resolves it, each step with who and why', async () => {
  const rules = [createRule('life', { severity: 'critical', title: 'Orders wait' })];
  await setValue('life', 11);
  await look(store, rules);
  await setValue('life', 12);
  await look(store, rules);
  const [soon] = await alertsOf(store, 'life');
  await passTime(store, 60);
  await look(store, rules);
  const [later] = await alertsOf(store, 'life');
  await setValue('life', 3);
  await look(store, rules);
  const [resolved, ...others] = await alertsOf(store, 'life');

  expect(others).toEqual([]);
  expect(soon).toMatchObject({
    severity: 'critical',
    title: 'Orders wait',
    message: 'last of life over 5 min is 11, above 10.',
    metadata: { rule: 'metric', value: 11, above: 10 },
    state: 'firing',
    count: 1,
    serviceName: 'shop',
    labels: {},
  });
  expect(later).toMatchObject({
    id: soon?.id,
    count: 2,
    message: 'last of life over 5 min is 12, above 10.',
  });
  expect(resolved).toMatchObject({ state: 'resolved', resolvedBy: 'shop' });
  expect(
    (await alerts.history(resolved?.id ?? 0)).map(({ from, to, by, note }) => [from, to, by, note]),
  ).toEqual([
    [null, 'firing', 'shop', null],
    ['firing', 'resolved', 'shop', 'last of life over 5 min is 3, no longer above 10.'],
  ]);
});

it('leaves an acknowledgement, and opens a new alert where somebody has resolved what goes on', async () => {
  const rules = [createRule('by hand')];
  await setValue('by hand', 11);
  await look(store, rules);
  const [first] = await alertsOf(store, 'by hand');
  await alerts.acknowledge(first?.id ?? 0, 'ann');
  await passTime(store, 60);
  await look(store, rules);
  const acknowledged = await alertsOf(store, 'by hand');
  await alerts.resolve(first?.id ?? 0, 'ann', 'should be well');
  await passTime(store, 60);
  await look(store, rules);

  expect(acknowledged).toMatchObject([{ state: 'acknowledged', count: 2 }]);
  expect(states(await alertsOf(store, 'by hand'))).toEqual(['resolved', 'firing']);
});

it('raises nothing again within the cooldown, and counts what came', async () => {
  const rules = [createRule('cooling', { cooldown: '10m' })];
  for (const value of [11, 1, 11]) {
    await setValue('cooling', value);
    await look(store, rules);
  }
  const within = await alertsOf(store, 'cooling');
  await store.query(
    "update observability.alerts set resolved_at = resolved_at - interval '11 minutes' where alert_type = 'cooling'",
  );
  await passTime(store, 60);
  await look(store, rules);

  expect(within).toMatchObject([{ state: 'resolved', count: 1, suppressedCount: 1 }]);
  expect(states(await alertsOf(store, 'cooling'))).toEqual(['resolved', 'firing']);
});

it('marks an alert that comes and goes, holds it open, and lets it go once it is quiet', async () => {
  const rules = [createRule('flapping', { flapping: { changes: 4, within: '1h', quiet: '5m' } })];
  const seen: [string, boolean][] = [];
  const lookAt = async (value: number, seconds: number): Promise<void> => {
    await passTime(store, seconds);
    await setValue('flapping', value);
    await look(store, rules);
    const alert = (await alertsOf(store, 'flapping')).at(-1);
    seen.push([alert?.state ?? '', alert?.isFlapping ?? false]);
  };

  for (const [value, seconds] of [
    [11, 0],
    [1, 15],
    [11, 15],
    [1, 15],
    [11, 15],
    [1, 15],
    [1, 301],
  ] as const) {
    await lookAt(value, seconds);
  }

  expect(seen).toEqual([
    ['firing', false],
    ['resolved', false],
    ['firing', false],
    ['firing', true],
    ['firing', true],
    ['firing', true],
    ['resolved', false],
  ]);
  expect(await alertsOf(store, 'flapping')).toHaveLength(2);
});

it('records a silenced alert and tells others once the silence is over', async () => {
  const changes: AlertChange[] = [];
  const rules = [createRule('silenced')];
  const onChange = (change: AlertChange): [] => (changes.push(change), []);
  await setValue('silenced', 11);
  const { endsAt, id } = await alerts.silence({
    matchers: { alertType: 'silenced' },
    forMs: 3_600_000,
    by: 'ann',
  });
  await look(store, rules, { onChange });
  await look(store, rules, { onChange });
  // As if the hour had passed.
  await store.query(
    'update observability.alert_silences set ends_at = clock_timestamp() where id = $1::int',
    [id],
  );
  await look(store, rules, { onChange });

  const mine = changes.filter(({ alert }) => alert.alertType === 'silenced');
  expect(mine.map(({ from, to, by, alert }) => [from, to, by, alert.silencedUntil])).toEqual([
    [null, 'firing', 'shop', endsAt],
    ['firing', 'firing', 'shop', null],
  ]);
});

it('evaluates the others where a rule fails or takes too long, with one warning and a count', async () => {
  await setValue('beside', 11);
  let isHanging = true;
  const logger = createQuietLogger();
  const evaluator = create({
    logger,
    ruleTimeoutMs: 3_000,
    rules: [{ kind: 'newError', alertType: 'hangs' }, createRule('beside'), createRule('empty')],
    readNewErrors: async (sql) => {
      await sql.query(isHanging ? 'select pg_sleep(60)' : 'select 1');
      return [];
    },
  });

  const first = await evaluator.evaluateOnce();
  const second = await evaluator.evaluateOnce();
  const failures = evaluator.stats();
  isHanging = false;
  const third = await evaluator.evaluateOnce();

  expect(
    [first, second, third].map(({ ok, rules }) => [
      ok,
      rules.map((rule) => [rule.alertType, rule.ok, rule.fired]),
    ]),
  ).toEqual([
    [
      false,
      [
        ['hangs', false, 0],
        ['beside', true, 1],
        ['empty', true, 0],
      ],
    ],
    // The slow one comes last from now on.
    [false, [expect.anything(), expect.anything(), ['hangs', false, 0]]],
    [true, [expect.anything(), expect.anything(), ['hangs', true, 0]]],
  ]);
  expect(first.durationMs).toBeLessThan(30_000);
  expect(failures).toMatchObject({ rounds: 2, failures: { hangs: 2 }, failedRounds: 0 });
  expect(states(await alertsOf(store, 'beside'))).toEqual(['firing']);
  expect(logger.lines).toEqual([
    expect.stringMatching(
      /^warn .*Alert rules could not be evaluated, and are tried again\. hangs: \[STORE_UNAVAILABLE\]/,
    ),
    expect.stringMatching(/^info .*Alert rules are evaluated again\.$/),
  ]);
});

it('stores neither the state nor the alert where what belongs to the change cannot be stored', async () => {
  await setValue('together', 11);
  const rules = [createRule('together')];
  const logger = createQuietLogger();

  const failing = await look(store, rules, {
    logger,
    onChange: () => [{ sql: 'select no_such_column', values: [] }],
  });
  const nothing = await alertsOf(store, 'together');
  await look(store, rules);

  expect(failing.stats().failures).toEqual({ together: 1 });
  expect(nothing).toEqual([]);
  expect(await alertsOf(store, 'together')).toMatchObject([{ state: 'firing', count: 1 }]);
});

it('writes nothing with a lease that has passed to another process, and the other goes on where it stood', async () => {
  const name = 'fenced';
  const rules = [createRule(name, { for: '1m' })];
  const serviceName = 'fenced-service';
  await addPoints(store, [{ name, value: 11, type: 'gauge', service: serviceName }]);
  const slow = { durationMs: 60_000, renewIntervalMs: 60_000 };
  const first = create({ rules, serviceName, lease: slow, intervalMs: 3_600_000 });
  first.start();
  await expect.poll(() => first.stats().rounds, { timeout: 10_000 }).toBe(1);
  await store.query(
    "update observability.leases set expires_at = clock_timestamp() where name = 'alerts/fenced-service'",
  );
  const second = create({ rules, serviceName, lease: slow, intervalMs: 3_600_000 });
  second.start();
  await expect.poll(() => second.stats().rounds, { timeout: 10_000 }).toBe(1);
  await passTime(store, 60);

  const late = await first.evaluateOnce();
  const afterLate = await alertsOf(store, name);
  const inTime = await second.evaluateOnce();

  expect(late).toMatchObject({ leaseLost: true, rules: [] });
  expect(afterLate).toEqual([]);
  expect(inTime).toMatchObject({ ok: true, leaseLost: false, rules: [{ fired: 1 }] });
  const { rows } = await store.query(
    'select state, fence::text as fence from observability.alert_rule_state where rule = $1::text',
    [name],
  );
  expect(rows).toEqual([{ state: 'firing', fence: '2' }]);
});

it('refuses the alert of a holder that loses its lease between reading and writing', async () => {
  const serviceName = 'overtaken';
  const evaluator = create({
    rules: [{ kind: 'newError', alertType: 'overtaken' }],
    serviceName,
    lease: { durationMs: 60_000, renewIntervalMs: 60_000 },
    intervalMs: 3_600_000,
    readNewErrors: async () => {
      await store.query(
        "update observability.leases set holder = 'another', fence = fence + 1 where name = 'alerts/overtaken'",
      );
      return [{ fingerprint: 'f', type: 'Error', message: 'no', count: 1, firstSeenMs: Date.now() }];
    },
  });
  evaluator.start();
  await expect.poll(() => evaluator.stats().rounds, { timeout: 10_000 }).toBe(1);

  expect(evaluator.stats().lastReport).toMatchObject({ leaseLost: true, rules: [{ fired: 0 }] });
  expect(await alertsOf(store, 'overtaken')).toEqual([]);
});

it('resolves what a rule had raised that nobody looks at any more, after an hour', async () => {
  await setValue('gone', 11);
  await look(store, [createRule('gone')]);
  const others = [createRule('stays')];

  await look(store, others);
  const soon = await alertsOf(store, 'gone');
  await passTime(store, 3_601);
  await look(store, others);

  expect(states(soon)).toEqual(['firing']);
  expect(await alertsOf(store, 'gone')).toMatchObject([
    { state: 'resolved', resolvedNote: 'The rule is gone.' },
  ]);
});

it('leaves the rules of another service alone', async () => {
  await setValue('ours', 11);
  await look(store, [createRule('ours')]);
  await passTime(store, 7_200);

  await look(store, [createRule('theirs')], { serviceName: 'other' });

  expect(states(await alertsOf(store, 'ours'))).toEqual(['firing']);
});

it('goes on once a database that was away is back, with one line for both', async () => {
  await setValue('away', 11);
  let isAway = true;
  const logger = createQuietLogger();
  const flaky: SqlStore = {
    query: (text, values) =>
      isAway ? Promise.reject(new Error('connect ECONNREFUSED')) : store.query(text, values),
    script: (text) => store.script(text),
    transaction: (work) =>
      isAway ? Promise.reject(new Error('connect ECONNREFUSED')) : store.transaction(work),
  };
  const evaluator = new AlertEvaluator(flaky, {
    rules: [createRule('away', { serviceName: 'shop' })],
    logger,
  });

  const reports = [await evaluator.evaluateOnce(), await evaluator.evaluateOnce()];
  isAway = false;
  const back = await evaluator.evaluateOnce();

  expect(reports.map(({ ok, error }) => [ok, error?.slice(0, 19)])).toEqual([
    [false, '[STORE_UNAVAILABLE]'],
    [false, '[STORE_UNAVAILABLE]'],
  ]);
  expect(back).toMatchObject({ ok: true, rules: [{ fired: 1 }] });
  expect(evaluator.stats()).toMatchObject({ failedRounds: 2, failures: {} });
  expect(logger.lines.map((line) => line.slice(0, 4))).toEqual(['warn', 'info']);
});

it('is done by createObservability, whose stats tell of it, and ends with it', async () => {
  const observability = createObservability({
    serviceName: 'whole',
    // One of its own, for it is closed with the instance.
    store: postgresStore(database.url),
    housekeeping: false,
    logger: createQuietLogger(),
    metrics: { flushIntervalMs: 100 },
    alerts: {
      intervalMs: 1_000,
      rules: [
        {
          kind: 'metric',
          alertType: 'whole.failed',
          name: 'whole.failed',
          aggregate: 'sum',
          above: 2,
          groupBy: ['queue'],
        },
      ],
    },
  });
  await observability.start();
  observability.metrics.counter('whole.failed', 3, { queue: 'mail' });
  observability.metrics.counter('whole.failed', 2, { queue: 'sms' });

  await expect.poll(() => alertsOf(store, 'whole.failed'), { timeout: 20_000 }).toHaveLength(1);
  const stats = observability.stats().alertRules;
  await observability.shutdown();

  expect((await alertsOf(store, 'whole.failed'))[0]).toMatchObject({
    labels: { queue: 'mail' },
    metadata: { value: 3 },
    serviceName: 'whole',
  });
  expect(stats).toMatchObject({ holdsLease: true, failures: {}, failedRounds: 0 });
  const { rows } = await store.query(
    "select expires_at <= clock_timestamp() as is_free from observability.leases where name = 'alerts/whole'",
  );
  expect(rows).toEqual([{ is_free: true }]);
});
