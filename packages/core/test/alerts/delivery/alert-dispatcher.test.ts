import type { SqlStore } from '@pg-observability/core';
import { AlertManager, ensureObservabilityTables } from '@pg-observability/core';
import { embeddedStore } from '@pg-observability/core/embedded';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { postgresMajorsUnderTest, testDatabase } from '@pg-observability/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createAlert,
  makeDue,
  makeOlder,
  openDelivery,
  openMemoryStore,
  receiverName,
} from './delivery-fixture.ts';
import { keysOf, startReceiver } from './receiver-server.ts';

const stores: Record<string, () => Promise<SqlStore>> = {
  'the memory store': () => Promise.resolve(openMemoryStore()),
  'the embedded store': () => Promise.resolve(embeddedStore({ dataDir: 'memory://' })),
};
for (const major of postgresMajorsUnderTest()) {
  stores[`PostgreSQL ${major}`] = async () => postgresStore((await testDatabase({ major })).url);
}

describe.each(Object.entries(stores))('alerts on %s', (_, open) => {
  let store: SqlStore;
  beforeAll(async () => {
    store = await open();
    await ensureObservabilityTables(store);
  }, 120_000);
  afterAll(() => store.close?.());

  it('tell a webhook that one fires, is taken on and is over, each once and in order', async () => {
    const receiver = await startReceiver();
    const name = receiverName();
    const { alerts, dispatcher } = openDelivery(store, {
      receivers: { [name]: { kind: 'webhook', url: receiver.url } },
    });

    const { id, title } = await alerts.raise(createAlert());
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1), 60_000);
    await alerts.raise(createAlert({ title }));
    await alerts.acknowledge(id, 'ada', 'looking');
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2), 60_000);
    await alerts.resolve(id, 'ada');
    await vi.waitFor(() => expect(receiver.received).toHaveLength(3), 60_000);
    await vi.waitFor(async () =>
      expect((await alerts.notifications({ receiver: name })).map(({ state }) => state)).toEqual([
        'delivered',
        'delivered',
        'delivered',
      ]),
    );

    const events = receiver.received.map(
      ({ body }) => (JSON.parse(body) as { data: { notices: { event: string }[] } }).data.notices,
    );
    expect(events.map((notices) => notices.map(({ event }) => event))).toEqual([
      ['opened'],
      ['acknowledged'],
      ['resolved'],
    ]);
    expect(new Set(receiver.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(3);
    expect(dispatcher.stats().receivers[name]).toMatchObject({
      delivered: 3,
      failed: 0,
      dead: 0,
      lastError: null,
    });
  });

  it('tell again when one has grown worse, also when two processes raise it at once, and not when it is raised again', async () => {
    const receiver = await startReceiver();
    const name = receiverName();
    const { alerts } = openDelivery(store, {
      receivers: { [name]: { kind: 'webhook', url: receiver.url } },
      groupWaitMs: 0,
    });
    const input = createAlert({ severity: 'warning' });

    await Promise.all(Array.from({ length: 8 }, () => alerts.raise(input)));
    await Promise.all(Array.from({ length: 8 }, () => alerts.raise({ ...input, severity: 'critical' })));
    await alerts.raise(input);
    await alerts.raise({ ...input, severity: 'error' });

    const [alert] = await alerts.list({ alertType: input.alertType, limit: 1 });
    await vi.waitFor(async () =>
      expect((await alerts.notifications({ receiver: name, state: 'delivered' })).length).toBe(2),
    );
    expect(alert?.count).toBe(18);
    expect(receiver.received.flatMap(keysOf)).toEqual([
      `${alert?.id}/firing/warning`,
      `${alert?.id}/firing/critical`,
    ]);
  });

  it('send a hundred at once as one message', async () => {
    const receiver = await startReceiver();
    const name = receiverName();
    const { alerts } = openDelivery(store, {
      receivers: { [name]: { kind: 'webhook', url: receiver.url } },
      groupWaitMs: 3_000,
    });

    await Promise.all(Array.from({ length: 100 }, () => alerts.raise(createAlert())));
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1), 60_000);

    const [message] = receiver.received;
    expect(message && keysOf(message)).toHaveLength(100);
    expect(message && (JSON.parse(message.body) as { data: { title: string } }).data.title).toMatch(
      /^\[100 firing\] Payments fail .*, and 99 more$/,
    );
  });

  it('send groups apart', async () => {
    const receiver = await startReceiver();
    const name = receiverName();
    const { alerts } = openDelivery(store, {
      receivers: { [name]: { kind: 'webhook', url: receiver.url } },
      groupBy: ['alertType'],
      groupWaitMs: 1_000,
    });

    for (const alertType of ['a', 'b', 'a']) {
      await alerts.raise(createAlert({ alertType }));
    }
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2), 60_000);

    expect(receiver.received.map((message) => keysOf(message).length).toSorted((a, b) => a - b)).toEqual([
      1, 2,
    ]);
  });

  it('tell nobody of a change that was rolled back', async () => {
    const name = receiverName();
    const { alerts, dispatcher } = openDelivery(store, {
      receivers: { [name]: { kind: 'notify', notify: () => undefined } },
    });
    const input = createAlert();
    // What is stored after the notification fails.
    const failing = new AlertManager(store, {}, (change) => [
      ...dispatcher.onChange(change),
      { sql: 'select 1 / 0', values: [] },
    ]);

    await expect(failing.raise(input)).rejects.toMatchObject({ code: 'STORE_FAILED' });

    expect(await alerts.list({ alertType: input.alertType, limit: 1 })).not.toMatchObject([
      { title: input.title },
    ]);
    expect(await alerts.notifications({ receiver: name })).toEqual([]);
  });

  it('try again under the same ID until the receiver takes it', async () => {
    const receiver = await startReceiver((response, count) => {
      response.writeHead(count < 3 ? 503 : 200).end('not yet');
    });
    const name = receiverName();
    const { alerts, dispatcher, lines } = openDelivery(store, {
      receivers: { [name]: { kind: 'webhook', url: receiver.url } },
    });

    await alerts.raise(createAlert());
    for (const count of [1, 2]) {
      await vi.waitFor(() => expect(dispatcher.stats().receivers[name]?.failed).toBe(count), 60_000);
      expect(await alerts.notifications({ receiver: name })).toMatchObject([
        { state: 'queued', attempts: count, lastError: 'The receiver answered 503: not yet' },
      ]);
      const [waiting] = await alerts.notifications({ receiver: name });
      expect(waiting?.dueAt.getTime()).toBeGreaterThan(
        (waiting?.lastAttemptAt?.getTime() ?? 0) + 2_000 * count,
      );
      await makeDue(store, name);
    }
    await vi.waitFor(
      async () =>
        expect(await alerts.notifications({ receiver: name })).toMatchObject([
          { state: 'delivered', attempts: 3, lastError: null },
        ]),
      60_000,
    );

    expect(new Set(receiver.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect(dispatcher.stats().receivers[name]).toMatchObject({ delivered: 1, failed: 2 });
    expect(lines).toHaveLength(2);
  });

  it('hold what comes in while a message is being tried, and tell it in one when that is through', async () => {
    const receiver = await startReceiver((response, count) => {
      response.writeHead(count === 1 ? 500 : 200).end();
    });
    const name = receiverName();
    const { alerts } = openDelivery(store, { receivers: { [name]: { kind: 'webhook', url: receiver.url } } });

    const { id } = await alerts.raise(createAlert());
    await vi.waitFor(
      async () =>
        expect(await alerts.notifications({ receiver: name })).toMatchObject([
          { attempts: 1, lastError: expect.any(String) as string },
        ]),
      60_000,
    );
    await alerts.resolve(id);
    await alerts.raise(createAlert());
    await makeDue(store, name);
    await vi.waitFor(() => expect(receiver.received).toHaveLength(3), 60_000);

    expect(receiver.received.map((message) => keysOf(message).length)).toEqual([1, 1, 2]);
    expect(receiver.received.map(({ body }) => body.includes('"event":"resolved"'))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('give up after the time, count it as dead, and tell what comes later', async () => {
    const receiver = await startReceiver((response) => response.writeHead(500).end());
    const name = receiverName();
    const { alerts, dispatcher } = openDelivery(store, {
      receivers: { [name]: { kind: 'webhook', url: receiver.url } },
      giveUpAfterMs: 1_000,
    });

    await alerts.raise(createAlert());
    await vi.waitFor(
      async () =>
        expect(await alerts.notifications({ receiver: name, state: 'dead' })).toMatchObject([
          { attempts: 1 },
        ]),
      60_000,
    );
    receiver.answer = (response) => response.writeHead(200).end();
    await alerts.raise(createAlert());
    await vi.waitFor(
      async () => expect(await alerts.notifications({ receiver: name, state: 'delivered' })).toHaveLength(1),
      60_000,
    );
    await dispatcher.lookNow();

    expect(dispatcher.stats().receivers[name]).toMatchObject({ queued: 0, delivered: 1, failed: 1, dead: 1 });
  });

  it('give a message up early that the receiver itself refuses', async () => {
    const receiver = await startReceiver((response) => response.writeHead(400).end('invalid_blocks'));
    const name = receiverName();
    const { alerts, dispatcher } = openDelivery(store, {
      receivers: { [name]: { kind: 'slack', url: receiver.url } },
    });

    await alerts.raise(createAlert());
    for (let attempt = 1; attempt < 5; attempt += 1) {
      await vi.waitFor(() => expect(dispatcher.stats().receivers[name]?.failed).toBe(attempt), 60_000);
      expect(await alerts.notifications({ receiver: name })).toMatchObject([
        { attempts: attempt, state: 'queued', lastError: 'The receiver answered 400: invalid_blocks' },
      ]);
      await makeDue(store, name);
    }
    await vi.waitFor(
      async () =>
        expect(await alerts.notifications({ receiver: name })).toMatchObject([
          { state: 'dead', attempts: 5 },
        ]),
      60_000,
    );

    expect(receiver.received).toHaveLength(5);
  });

  it('wait as long as Retry-After asks', async () => {
    const receiver = await startReceiver((response) =>
      response.writeHead(429, { 'retry-after': '3600' }).end(),
    );
    const name = receiverName();
    const { alerts } = openDelivery(store, { receivers: { [name]: { kind: 'webhook', url: receiver.url } } });

    await alerts.raise(createAlert());
    await vi.waitFor(
      async () =>
        expect(await alerts.notifications({ receiver: name })).toMatchObject([
          { lastError: 'The receiver answered 429' },
        ]),
      60_000,
    );

    const [waiting] = await alerts.notifications({ receiver: name });
    const pauseMs = (waiting?.dueAt.getTime() ?? 0) - (waiting?.lastAttemptAt?.getTime() ?? 0);
    expect(pauseMs).toBeGreaterThanOrEqual(3_600_000);
    expect(pauseMs).toBeLessThan(3_700_000);
  });

  it('tell an open alert again after a while until somebody has taken it on, in the same row', async () => {
    const receiver = await startReceiver();
    const name = receiverName();
    const { alerts, dispatcher } = openDelivery(store, {
      receivers: { [name]: { kind: 'webhook', url: receiver.url } },
      repeatIntervalMs: 60_000,
    });
    const { id, title } = await alerts.raise(createAlert());
    await vi.waitFor(
      async () => expect(await alerts.notifications({ receiver: name, state: 'delivered' })).toHaveLength(1),
      60_000,
    );
    await alerts.raise(createAlert({ title }));

    await makeOlder(store, name);
    const again = openDelivery(store, {
      receivers: { [name]: { kind: 'webhook', url: receiver.url } },
      repeatIntervalMs: 60_000,
    });
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2), 60_000);
    await vi.waitFor(async () =>
      expect(await alerts.notifications({ receiver: name })).toMatchObject([
        { state: 'delivered', repeats: 1 },
      ]),
    );
    await alerts.acknowledge(id, 'ada');
    await vi.waitFor(() => expect(receiver.received).toHaveLength(3), 60_000);
    await vi.waitFor(async () =>
      expect(await alerts.notifications({ receiver: name, state: 'queued' })).toEqual([]),
    );
    await makeOlder(store, name);
    await again.dispatcher.stop(0);
    await dispatcher.stop(0);
    const last = openDelivery(store, {
      receivers: { [name]: { kind: 'webhook', url: receiver.url } },
      repeatIntervalMs: 60_000,
    });
    await last.dispatcher.lookNow();

    expect(
      (await alerts.notifications({ receiver: name })).map(({ repeats, state }) => [repeats, state]),
    ).toEqual([
      [0, 'delivered'],
      [1, 'delivered'],
    ]);
    const [, repeated] = receiver.received;
    const { data } = JSON.parse(repeated?.body ?? '') as {
      data: { notices: { event: string; alert: { count: number } }[]; text: string };
    };
    expect(data.notices).toMatchObject([{ event: 'repeated', alert: { count: 2 } }]);
    expect(data.text).toContain('Still open (error)');
  });
});
