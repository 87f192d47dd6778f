import type { SqlStore } from '@pg-observability/core';
import { ensureObservabilityTables } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { createAlert, makeOlder, openDelivery, receiverName } from './delivery-fixture.ts';
import { keysOf, startReceiver } from './receiver-server.ts';

let url: string;
let store: SqlStore;
let another: SqlStore;
beforeAll(async () => {
  ({ url } = await testDatabase());
  store = postgresStore(url);
  another = postgresStore(url);
  await ensureObservabilityTables(store);
});
afterAll(() => Promise.all([store.close?.(), another.close?.()]));

/** A process with a dispatcher of its own that raises alerts, and prints the ID of each once it is stored. */
function startProcess(receiver: string, receiverUrl: string, count: number): ChildProcess {
  const script = `
    import { AlertManager } from './dist/index.js';
    import { postgresStore } from './dist/node-postgres/index.js';
    import { AlertDispatcher } from './dist/alerts/delivery/alert-dispatcher.js';
    import { resolveDelivery } from './dist/alerts/delivery/resolve-delivery.js';
    import { createLog } from './dist/logging/log-once.js';
    const { DATABASE_URL, RECEIVER, RECEIVER_URL, COUNT } = process.env;
    const store = postgresStore(DATABASE_URL);
    const delivery = resolveDelivery({
      receivers: { [RECEIVER]: { kind: 'webhook', url: RECEIVER_URL, timeoutMs: 1_000 } },
      groupWaitMs: 0, groupIntervalMs: 0, groupBy: ['fingerprint'],
    });
    const log = createLog({ info() {}, warn() {}, error() {} });
    const dispatcher = new AlertDispatcher(store, { delivery, log, pollIntervalMs: 100, takeOverAfterMs: 1_000, timeoutMs: 60_000 });
    dispatcher.start();
    const alerts = new AlertManager(store, { timeoutMs: 60_000 }, dispatcher.onChange);
    setInterval(() => undefined, 1_000);
    for (let n = 0; n < Number(COUNT); n += 1) {
      const { id } = await alerts.raise({ alertType: 'killed', severity: 'error', title: RECEIVER + n });
      console.log(id);
    }
    console.log('end');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      DATABASE_URL: url,
      RECEIVER: receiver,
      RECEIVER_URL: receiverUrl,
      COUNT: String(count),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

it('a process that is killed while it sends loses nothing: another one sends the same message', async () => {
  const name = receiverName();
  // The first message is never answered.
  const receiver = await startReceiver((response, count) => {
    if (count > 1) {
      response.writeHead(204).end();
    }
  });
  const child = startProcess(name, receiver.url, 20);
  await vi.waitFor(() => expect(receiver.received).toHaveLength(1), 60_000);

  child.kill('SIGKILL');
  await once(child, 'exit');
  const { alerts } = openDelivery(store, {
    receivers: { [name]: { kind: 'webhook', url: receiver.url } },
  });

  const stored = await store.query<{ id: number }>(
    'select id::int from observability.alerts where starts_with(title, $1::text) order by id',
    [name],
  );
  await vi.waitFor(
    async () =>
      expect(await alerts.notifications({ receiver: name, state: 'delivered' })).toHaveLength(
        stored.rowCount,
      ),
    60_000,
  );
  const [first, ...others] = receiver.received;
  const again = others.filter(
    ({ headers }) => headers['idempotency-key'] === first?.headers['idempotency-key'],
  );
  expect(again.map(({ body }) => body)).toEqual([first?.body]);
  expect(others.flatMap(keysOf).toSorted()).toEqual(
    stored.rows.map(({ id }) => `${id}/firing/error`).toSorted(),
  );
}, 180_000);

it('a process that is killed between raising and sending has told of everything it was told is stored', async () => {
  const name = receiverName();
  const receiver = await startReceiver();
  const child = startProcess(name, receiver.url, 10_000);
  const ids: string[] = [];
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    ids.push(line);
    if (ids.length === 20) {
      child.kill('SIGKILL');
    }
  }

  const { alerts } = openDelivery(store, { receivers: { [name]: { kind: 'webhook', url: receiver.url } } });
  await vi.waitFor(async () => {
    expect(await alerts.notifications({ receiver: name, state: 'queued', limit: 1 })).toEqual([]);
  }, 30_000);

  const keys = new Set(receiver.received.flatMap(keysOf));
  expect(ids.length).toBeGreaterThanOrEqual(20);
  expect(ids.filter((id) => !keys.has(`${id}/firing/error`))).toEqual([]);
}, 180_000);

it('two processes share the work, and tell each thing once', async () => {
  const name = receiverName();
  const receiver = await startReceiver();
  const options = {
    receivers: { [name]: { kind: 'webhook' as const, url: receiver.url } },
    groupBy: ['fingerprint' as const],
    groupWaitMs: 500,
  };
  const one = openDelivery(store, options);
  const two = openDelivery(another, options);

  await Promise.all(
    Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? one : two).alerts.raise(createAlert())),
  );
  await vi.waitFor(
    async () =>
      expect(
        await one.alerts.notifications({ receiver: name, state: 'delivered', limit: 1_000 }),
      ).toHaveLength(60),
    60_000,
  );

  const keys = receiver.received.flatMap(keysOf);
  expect([keys.length, new Set(keys).size]).toEqual([60, 60]);
  const shares = [one, two].map(({ dispatcher }) => dispatcher.stats().receivers[name]?.delivered ?? 0);
  expect(shares.reduce((sum, share) => sum + share, 0)).toBe(60);
  expect(Math.min(...shares)).toBeGreaterThan(0);
}, 180_000);

it('two processes do not take a group apart', async () => {
  const name = receiverName();
  const receiver = await startReceiver();
  const options = {
    receivers: { [name]: { kind: 'webhook' as const, url: receiver.url } },
    groupWaitMs: 1_500,
  };
  const one = openDelivery(store, options);
  const two = openDelivery(another, options);

  await Promise.all(Array.from({ length: 40 }, () => one.alerts.raise(createAlert())));
  const looks: Promise<void>[] = [];
  await vi.waitFor(
    () => {
      looks.push(one.dispatcher.lookNow(), two.dispatcher.lookNow());
      expect(receiver.received.length).toBeGreaterThan(0);
    },
    { timeout: 20_000, interval: 5 },
  );
  await Promise.all(looks);

  expect(receiver.received.map((message) => keysOf(message).length)).toEqual([40]);
}, 180_000);

it('an alert that is silenced is not told again until its silence is over', async () => {
  const [silenced, loud] = [receiverName(), receiverName()];
  const receiver = await startReceiver();
  const receivers = {
    [silenced]: { kind: 'webhook' as const, url: receiver.url },
    [loud]: { kind: 'webhook' as const, url: receiver.url },
  };
  const options = { receivers, repeatIntervalMs: 60_000 };
  const first = openDelivery(store, options);
  const { id } = await first.alerts.raise(createAlert());
  await vi.waitFor(() => expect(receiver.received).toHaveLength(2), 60_000);
  await first.dispatcher.stop(10_000);
  await makeOlder(store, silenced);

  const silence = (until: string): Promise<unknown> =>
    store.query(
      'update observability.alerts set silenced_until = clock_timestamp() + $2::text::interval where id = $1::integer',
      [id, until],
    );
  await silence('1 hour');
  const second = openDelivery(store, options);
  await second.dispatcher.lookNow();
  const during = await second.alerts.notifications({ receiver: silenced });
  await second.dispatcher.stop(10_000);
  await silence('-1 second');
  openDelivery(store, options);
  await vi.waitFor(() => expect(receiver.received).toHaveLength(3), 60_000);

  expect(during).toMatchObject([{ state: 'delivered', repeats: 0 }]);
}, 180_000);

it('a receiver that hangs holds up no other one, and neither do its own calls', async () => {
  const [stuck, good] = [receiverName(), receiverName()];
  const hanging = await startReceiver(() => undefined);
  const receiver = await startReceiver();
  const { alerts, dispatcher } = openDelivery(store, {
    receivers: {
      [stuck]: { kind: 'webhook', url: hanging.url, timeoutMs: 4_000 },
      [good]: { kind: 'webhook', url: receiver.url },
    },
  });

  await alerts.raise(createAlert());
  await vi.waitFor(() => expect(hanging.received).toHaveLength(1), 10_000);
  await alerts.raise(createAlert());
  await vi.waitFor(() => expect(receiver.received.flatMap(keysOf)).toHaveLength(2), 10_000);
  const before = dispatcher.stats().receivers[stuck];
  await vi.waitFor(() => expect(dispatcher.stats().receivers[stuck]?.failed).toBe(1), 15_000);

  expect(before).toMatchObject({ delivered: 0, failed: 0 });
  expect(dispatcher.stats().receivers[stuck]?.lastError).toBe('It took longer than 4000 ms');
}, 180_000);

it('tells a flood of one group in messages of 500', async () => {
  const name = receiverName();
  const receiver = await startReceiver();
  const { alerts } = openDelivery(store, {
    receivers: { [name]: { kind: 'webhook', url: receiver.url } },
    groupWaitMs: 5_000,
  });
  const { id } = await alerts.raise(createAlert());
  await store.query(
    `insert into observability.alert_notifications (receiver, idempotency_key, alert_id, group_key, change, due_at)
     select n.receiver, n.idempotency_key || '/' || i, n.alert_id, n.group_key, n.change, n.due_at
     from observability.alert_notifications n, generate_series(1, 1199) i
     where n.receiver = $1::text and n.alert_id = $2::integer`,
    [name, id],
  );

  await vi.waitFor(() => expect(receiver.received).toHaveLength(3), 60_000);

  expect(new Set(receiver.received.flatMap(keysOf)).size).toBe(1_200);
}, 180_000);
