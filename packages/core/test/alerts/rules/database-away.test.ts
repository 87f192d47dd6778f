import { createObservability } from '@pg-observability/core';
import type { AlertMessage, Observability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createQuietLogger, startPostgres } from '@pg-observability/testkit';
import type { PostgresServer } from '@pg-observability/testkit';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { keysOf, startReceiver } from '../delivery/receiver-server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ major: 18 });
}, 120_000);
afterAll(() => server.stop());

const WAIT = { timeout: 90_000, interval: 50 };

function start(alerts: object): Observability {
  const observability = createObservability({
    serviceName: 'shop',
    store: postgresStore(server.url, { connectTimeoutMs: 2_000 }),
    logger: createQuietLogger(),
    housekeeping: false,
    ingest: { spool: false },
    alerts: {
      rules: [{ kind: 'databaseAway', alertType: 'database_away', for: '2s', severity: 'critical' }],
      intervalMs: 1_000,
      groupWaitMs: 0,
      groupIntervalMs: 0,
      ...alerts,
    },
  });
  onTestFinished(() => observability.shutdown());
  return observability;
}

// A receiver that was told is not told again, and one that could not be told is, once the alert is a row.
it('tells of a database that is away without it, once for two processes, and of its return', async () => {
  let isLate = true;
  const late = await startReceiver((response) => response.writeHead(isLate ? 503 : 204).end());
  const hook = await startReceiver();
  const told: AlertMessage[] = [];
  const receivers = {
    hook: { kind: 'webhook', url: hook.url },
    late: { kind: 'webhook', url: late.url },
    own: { kind: 'notify', notify: (message: AlertMessage) => told.push(message) },
  };
  const processes = [start({ receivers }), start({ receivers })];
  await Promise.all(processes.map((each) => each.start()));
  await vi.waitFor(
    () => expect(processes.filter((each) => each.stats().alertRules?.holdsLease)).toHaveLength(1),
    WAIT,
  );

  await server.halt('fast');
  await vi.waitFor(() => expect([told.length, hook.received.length]).toEqual([1, 1]), WAIT);
  await vi.waitFor(() => expect(late.received.length).toBeGreaterThan(0), WAIT);
  const [first] = told;
  const [{ alerts }] = processes as [Observability, Observability];
  const whileAway = await alerts.list().catch((error: { code?: unknown }) => error.code);
  isLate = false;
  await server.start();

  await vi.waitFor(async () => expect(await alerts.list().catch(() => [])).toHaveLength(1), WAIT);
  const [open] = await alerts.list();
  const taken = await alerts.acknowledge(open?.id ?? 0, 'ann', 'restarting it').catch(() => undefined);
  await vi.waitFor(() => expect(told.map(({ status }) => status)).toContain('resolved'), WAIT);
  await vi.waitFor(() => expect(hook.received.length).toBeGreaterThan(1), WAIT);

  const history = await alerts.history(open?.id ?? 0);
  expect(first).toMatchObject({ status: 'firing', severity: 'critical' });
  expect(first?.title).toBe('[firing, critical] The database is away');
  expect(first?.text).toMatch(/The time for which the database did not answer is \d+ s, above 2 s\./);
  expect(whileAway).toBe('STORE_UNAVAILABLE');
  expect(open?.metadata).toMatchObject({ rule: 'databaseAway', awaySince: expect.any(String) as string });
  expect(history.map(({ to }) => to).filter((to) => to !== 'acknowledged')).toEqual(['firing', 'resolved']);
  expect(taken === undefined || history.some(({ note }) => note === 'restarting it')).toBe(true);
  const events = told.flatMap(({ notices }) => notices.map(({ event }) => event));
  expect(events.filter((event) => event !== 'acknowledged')).toEqual(['opened', 'resolved']);
  // 503 while away; the row of the outbox, or a last attempt, when it is back.
  await vi.waitFor(
    () => expect(late.received.flatMap(keysOf).filter((key) => key.includes('/resolved/'))).toHaveLength(1),
    WAIT,
  );
  await vi.waitFor(async () => {
    const notifications = await alerts.notifications({ receiver: 'late' });
    expect(notifications.map(({ state }) => state)).not.toContain('queued');
  }, WAIT);
  expect(await alerts.notifications({ state: 'dead' })).toEqual([]);
}, 300_000);

it('says nothing where the database is back in time', async () => {
  const told: AlertMessage[] = [];
  const observability = start({
    rules: [{ kind: 'databaseAway', alertType: 'database_blinks', for: '60s' }],
    receivers: { own: { kind: 'notify', notify: (message: AlertMessage) => told.push(message) } },
  });
  await observability.start();
  await vi.waitFor(() => expect(observability.stats().alertRules?.holdsLease).toBe(true), WAIT);

  await server.halt('fast');
  await server.start();
  const rounds = observability.stats().alertRules?.rounds ?? 0;
  await vi.waitFor(() => expect(observability.stats().alertRules?.rounds).toBeGreaterThan(rounds + 2), WAIT);
  await vi.waitFor(() => expect(observability.stats().alertRules?.lastReport?.ok).toBe(true), WAIT);

  expect(await observability.alerts.list({ alertType: 'database_blinks' })).toEqual([]);
  expect(told).toEqual([]);
}, 180_000);
