import { context, propagation, trace } from '@opentelemetry/api';
import { importCode, readGuide, sendHttp, testDatabase } from '@pg-observability/testkit';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { getDefaultInstance } from '../src/index.ts';
import type {
  FunnelStep,
  MetricSeries,
  Observability,
  PercentileGroup,
  PhaseDurations,
  SqlStore,
  TransitionOutcome,
  WorkflowState,
} from '../src/index.ts';
import { postgresStore } from '../src/node-postgres/index.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

afterEach(() => {
  vi.unstubAllEnvs();
  trace.disable();
  context.disable();
  propagation.disable();
});

interface MetricsGuide {
  observability: Observability & { store: SqlStore };
  checkout: PercentileGroup;
  orders: MetricSeries[];
}

describe('docs/guides/plain-node-worker.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('guides/plain-node-worker.md');
  const [app = '', ...others] = programs;
  const [story = '', mails = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it('goes on from the sender, answers probes, and its SQL shows the mails', async () => {
    vi.stubEnv('DATABASE_URL', (await testDatabase()).url);
    vi.stubEnv('PORT', '0');
    vi.stubEnv('HOST', '127.0.0.1');
    const { server, onMessage } = (await importCode(app, here)) as unknown as Worker;
    if (!server.listening) {
      await once(server, 'listening');
    }
    const instance = getDefaultInstance();
    onTestFinished(async () => {
      server.close();
      server.closeAllConnections();
      await instance?.shutdown();
    });
    const headers = {
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      'x-correlation-id': 'order-77',
    };

    await onMessage({ headers, orderId: '77', to: 'ada@example.test' });
    await expect(onMessage({ headers, orderId: '77', to: 'nobody' })).rejects.toThrow('no address');
    await instance?.flush();

    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const probes = ['/livez', '/readyz', '/startupz', '/'].map((path) => sendHttp(url + path));
    expect((await Promise.all(probes)).map(({ status }) => status)).toEqual([200, 200, 200, 404]);
    const span = { service_name: 'mailer', operation_name: 'send receipt', order_id: '77' };
    const rows = (await instance?.store.query(story))?.rows ?? [];
    // Spans that began in one millisecond come in any order.
    expect(
      rows.toSorted((one, other) => String(one['status']).localeCompare(String(other['status']))),
    ).toEqual([
      { ...span, status: 'ERROR', status_message: 'This is no address.' },
      { ...span, status: 'UNSET', status_message: null },
    ]);
    expect((await instance?.store.query(mails))?.rows).toEqual([
      { hour: expect.any(Date) as Date, kind: 'receipt', mails: 1 },
    ]);
  });
});

describe('docs/guides/alerts.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('guides/alerts.md');
  const [app = '', ...others] = programs;
  const [open = '', steps = '', standing = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it('raises, takes on, silences, and its SQL shows all of it', async () => {
    vi.stubEnv('DATABASE_URL', (await testDatabase()).url);
    const { observability, backupDone, takeOn, moveQueue } = (await importCode(
      app,
      here,
    )) as unknown as AlertApp;
    onTestFinished(() => observability.shutdown());

    await moveQueue('sms', 'ada');
    await backupDone();
    observability.metrics.gauge('orders.waiting', 101, { queue: 'mail' });
    observability.metrics.gauge('orders.waiting', 102, { queue: 'sms' });
    observability.metrics.gauge('orders.waiting', 100, { queue: 'fax' });
    await observability.flush();
    await expect
      .poll(() => observability.alerts.list({ alertType: 'orders_wait' }), { timeout: 20_000 })
      .toHaveLength(2);
    await takeOn('orders_wait', 'ada');

    const read = async (query: string): Promise<unknown[]> => (await observability.store.query(query)).rows;
    const alert = {
      severity: 'critical',
      alert_type: 'orders_wait',
      state: 'acknowledged',
      is_flapping: false,
    };
    const rows = (await read(open)) as { title: string }[];
    expect(rows.toSorted((one, other) => one.title.localeCompare(other.title))).toEqual([
      { ...alert, title: 'Orders pile up (queue=mail)', count: 1, is_silenced: false },
      { ...alert, title: 'Orders pile up (queue=sms)', count: 1, is_silenced: true },
    ]);
    const step = { alert_type: 'orders_wait' };
    const opened = { ...step, from_state: null, to_state: 'firing', actor: 'shop', note: null };
    const taken = {
      ...step,
      from_state: 'firing',
      to_state: 'acknowledged',
      actor: 'ada',
      note: 'looking at it',
    };
    expect(await read(steps)).toEqual([opened, opened, taken, taken]);
    expect(await read(standing)).toEqual(
      expect.arrayContaining([
        { rule: 'orders_wait', state: 'firing', labels: { queue: 'mail' }, value: 101 },
        { rule: 'orders_wait', state: 'firing', labels: { queue: 'sms' }, value: 102 },
      ]),
    );
    expect(observability.stats().alertRules).toMatchObject({ holdsLease: true, failures: {} });
  });
});

interface AlertApp {
  observability: Observability;
  backupDone: () => Promise<void>;
  takeOn: (alertType: string, by: string) => Promise<void>;
  moveQueue: (queue: string, by: string) => Promise<void>;
}

interface Worker {
  server: Server;
  onMessage: (message: { headers: Record<string, string>; orderId: string; to: string }) => Promise<void>;
}

describe('docs/guides/workflows.md', async () => {
  const { programs, queries } = await readGuide('guides/workflows.md');
  const [program = '', ...others] = programs;
  const [overview = '', story = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries]).toEqual([[], []]);
  });

  it('defines, moves and asks as it says, and its SQL shows where everything is', async () => {
    vi.stubEnv('DATABASE_URL', (await testDatabase()).url);
    const answer = (await importCode(program, here)) as unknown as WorkflowsGuide;
    onTestFinished(() => answer.observability.shutdown());

    expect(answer.refused).toMatch(/WORKFLOW_TRANSITION_INVALID.* allowed from here: "picking", "cancelled"/);
    expect(answer.taken.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(answer.outcomes.map(({ outcome }) => outcome)).toEqual(['moved', 'moved', 'moved', 'moved']);
    expect(answer.found).toMatchObject({ currentPhase: 'shipped', status: 'completed', version: 4 });
    expect(answer.path).toEqual(['created', 'paid', 'picking', 'shipped']);
    expect(answer.funnel.map(({ phase, share }) => [phase, share])).toEqual([
      ['created', 1],
      ['paid', 1],
      ['picking', 0.25],
      ['shipped', 0.25],
      ['cancelled', 0],
    ]);
    expect(answer.durations.map(({ phase, stays }) => [phase, stays])).toEqual([
      ['created', 4],
      ['paid', 1],
      ['picking', 1],
    ]);
    expect(answer.stuck).toEqual([]);

    const { store } = answer.observability;
    expect((await store.query(overview)).rows).toEqual([
      { current_phase: 'paid', orders: 3, since: expect.any(Date) as Date },
      { current_phase: 'shipped', orders: 1, since: expect.any(Date) as Date },
    ]);
    const picker = answer.found?.metadata['picker'];
    expect((await store.query(story)).rows).toEqual([
      { version: 1, from_phase: null, to_phase: 'created', actor: 'shop' },
      { version: 2, from_phase: 'created', to_phase: 'paid', actor: 'shop' },
      { version: 3, from_phase: 'paid', to_phase: 'picking', actor: picker },
      { version: 4, from_phase: 'picking', to_phase: 'shipped', actor: 'shop' },
    ]);
  });
});

interface WorkflowsGuide {
  observability: Observability;
  refused: string;
  taken: PromiseSettledResult<unknown>[];
  outcomes: TransitionOutcome[];
  found: WorkflowState | undefined;
  path: string[];
  funnel: FunnelStep[];
  durations: PhaseDurations[];
  stuck: unknown[];
}

describe('docs/guides/alert-delivery.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('guides/alert-delivery.md');
  const [app = '', hook = '', ...others] = programs;
  const [told = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it('tells a webhook, a chat and a function, and its SQL shows what became of it', async () => {
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    vi.stubEnv('HOOK_SECRET', secret);
    const receiver = (await importCode(hook, here)) as unknown as { server: Server; told: string[] };
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    const url = `http://127.0.0.1:${(receiver.server.address() as AddressInfo).port}`;
    const slack: string[] = [];
    const chat = createServer((request, response) => {
      void text(request).then((body) => {
        slack.push((JSON.parse(body) as { text: string }).text);
        response.end('ok');
      });
    });
    chat.listen(0, '127.0.0.1');
    await once(chat, 'listening');
    vi.stubEnv('DATABASE_URL', (await testDatabase()).url);
    vi.stubEnv('HOOK_URL', url);
    vi.stubEnv('SLACK_URL', `http://127.0.0.1:${(chat.address() as AddressInfo).port}/services/x`);
    const shop = (await importCode(app, here)) as unknown as Shop;
    onTestFinished(async () => {
      receiver.server.close();
      chat.close();
      await shop.observability.shutdown();
    });

    await shop.chargeCard('77', 'declined');
    await shop.chargeCard('78', 'declined');
    await shop.chargeCard('79', 'good');
    await shop.allWell();
    await shop.observability.shutdown();

    const title = ['[resolved] Payments fail'];
    expect([receiver.told, slack, shop.calls]).toEqual([title, title, title]);
    const store = postgresStore(process.env['DATABASE_URL'] ?? '');
    const { rows } = await store.query(told);
    await store.close?.();
    const delivered = { state: 'delivered', attempts: 1, last_error: null };
    expect(rows).toEqual(
      ['firing', 'resolved'].flatMap((state) =>
        ['hook', 'chat', 'oncall'].map((name) => ({ receiver: name, told: state, ...delivered })),
      ),
    );
  });
});

interface Shop {
  observability: Observability;
  chargeCard: (orderId: string, card: string) => Promise<void>;
  calls: string[];
  allWell: () => Promise<void>;
}

describe('docs/guides/errors.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('guides/errors.md');
  const [app = '', ...others] = programs;
  const [recent = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it('counts two orders that fail as one kind, which is open until it is mended, and its SQL shows it', async () => {
    vi.stubEnv('DATABASE_URL', (await testDatabase()).url);
    const shop = (await importCode(app, here)) as unknown as {
      observability: Observability;
      placeOrder: (orderId: number) => Promise<void>;
      worst: () => Promise<string[]>;
      mended: () => Promise<void>;
    };
    onTestFinished(() => shop.observability.shutdown());

    await expect(shop.placeOrder(1)).rejects.toThrow('too large');
    await expect(shop.placeOrder(4711)).rejects.toThrow('too large');
    await shop.observability.flush();
    const open = await shop.worst();
    const { rows } = await shop.observability.store.query(recent);
    await shop.mended();

    expect(open).toEqual([
      expect.stringMatching(/^2 × RangeError: Order 1 of 'ada' is too large in .*example\.ts\)$/),
    ]);
    expect(rows).toEqual([
      {
        count: '2',
        exception_type: 'RangeError',
        message: "Order 1 of 'ada' is too large",
        culprit: expect.stringContaining('example.ts)') as string,
        state: 'open',
        has_trace: true,
      },
    ]);
    expect(await shop.worst()).toEqual([]);
  });
});

describe('docs/guides/health.md', async () => {
  const { programs, queries, addedButNotRun } = await readGuide('guides/health.md');
  const [app = '', ...others] = programs;
  const [changes = '', now = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries, addedButNotRun]).toEqual([[], [], []]);
  });

  it('answers probes and groups, tells details to who has the secret, and its SQL shows the changes', async () => {
    let status = 200;
    const payments = createServer((_request, response) => response.writeHead(status).end());
    payments.listen(0, '127.0.0.1');
    await once(payments, 'listening');
    onTestFinished(() => void payments.close());
    vi.stubEnv('DATABASE_URL', (await testDatabase()).url);
    vi.stubEnv('PAYMENTS_URL', `http://127.0.0.1:${(payments.address() as AddressInfo).port}/livez`);
    vi.stubEnv('OPS_TOKEN', 'correct-horse');
    vi.stubEnv('DRAIN_DELAY_MS', '0');
    vi.stubEnv('PORT', '0');
    vi.stubEnv('HOST', '127.0.0.1');
    vi.spyOn(console, 'warn').mockReturnValue(undefined);
    const { server } = (await importCode(app, here)) as unknown as { server: Server };
    if (!server.listening) {
      await once(server, 'listening');
    }
    const instance = getDefaultInstance();
    onTestFinished(async () => {
      server.close();
      server.closeAllConnections();
      await instance?.shutdown();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const headers = { authorization: 'Bearer correct-horse' };
    const ask = async (path: string) => (await sendHttp(url + path, { headers })).body;

    // The first look at the database of a busy machine takes longer than a probe has.
    await expect.poll(() => ask('/readyz'), { timeout: 20_000 }).toContain('"status":"up"');
    await expect.poll(() => ask('/healthz/deep'), { timeout: 20_000 }).toContain('"status":"up"');
    const details = JSON.parse(await ask('/readyz')) as { checks: Record<string, { ageMs?: number }> };
    const hidden = await sendHttp(`${url}/readyz`);
    const statuses = await Promise.all(
      ['/livez', '/startupz', '/'].map(async (path) => (await sendHttp(url + path)).status),
    );
    status = 503;
    // Its last answer is used again for five seconds.
    await expect.poll(() => ask('/readyz'), { timeout: 20_000 }).toContain('"status":"down"');
    await instance?.flush();

    expect([hidden.body, statuses]).toEqual(['{"status":"up"}', [200, 200, 200]]);
    expect(Object.keys(details.checks)).toEqual(['database', 'telemetry', 'payments', 'disk', 'eventLoop']);
    expect(details.checks['payments']?.ageMs).toEqual(expect.any(Number));
    const rows = await instance?.store.query(changes);
    expect(rows?.rows.filter((row) => row['check_name'] === 'payments')).toMatchObject([
      { from_status: 'up', to_status: 'down', reason: expect.stringContaining('answered 503') },
      { from_status: null, to_status: 'up' },
    ]);
    const current = await instance?.store.query(now);
    expect(current?.rows.find((row) => row['check_name'] === 'ready')).toMatchObject({ status: 'down' });
    const days = await instance?.health.uptime({ check: 'payments', days: 1 });
    expect(days?.[0]?.upMs).toBeGreaterThan(0);
    expect(instance?.stats().health.lifecycle).toBe('ready');
  });
});

it('every page below docs/guides and docs/coming-from is run by the test of a package', async () => {
  const root = new URL('../../../', import.meta.url);
  const tests = ['core', 'express', 'nestjs', 'typeorm'].map(
    (name) => `packages/${name}/test/guides.test.ts`,
  );
  const code = (await Promise.all(tests.map((file) => readFile(new URL(file, root), 'utf8')))).join('');
  const folders = ['guides', 'coming-from'];
  const files = await Promise.all(folders.map((folder) => readdir(new URL(`docs/${folder}`, root))));
  const pages = folders.flatMap((folder, index) => (files[index] ?? []).map((file) => `${folder}/${file}`));

  expect(pages.length).toBeGreaterThanOrEqual(10);
  expect(pages.filter((page) => !code.includes(`readGuide('${page}')`))).toEqual([]);
});

describe('docs/guides/metrics.md', async () => {
  const { programs, queries } = await readGuide('guides/metrics.md');
  const [program = '', ...others] = programs;
  const [orders = '', percentiles = '', ...otherQueries] = queries;

  it('is all run here', () => {
    expect([others, otherQueries]).toEqual([[], []]);
  });

  it('records, and reads percentiles and series by calls and by SQL', async () => {
    vi.stubEnv('DATABASE_URL', (await testDatabase()).url);
    const answer = (await importCode(program, here)) as unknown as MetricsGuide;
    onTestFinished(() => answer.observability.shutdown());

    expect(answer.checkout).toMatchObject({ labels: {}, sampleCount: 100, exact: false });
    expect(answer.checkout.values.map((value, place) => value / (place === 0 ? 0.505 : 0.9505))).toEqual([
      expect.closeTo(1, 1),
      expect.closeTo(1, 1),
    ]);
    const sums = answer.orders.map(({ labels, points }) => [
      labels['channel'],
      points.reduce((sum, { value }) => sum + (value ?? 0), 0),
    ]);
    expect(sums).toEqual([
      ['web', 75],
      ['app', 25],
    ]);
    const { store } = answer.observability;
    expect((await store.query(orders)).rows).toEqual([{ orders: 100 }]);
    expect((await store.query(percentiles)).rows).toMatchObject([
      { step: 'pay', percentiles: [expect.closeTo(0.5, 1), expect.closeTo(0.95, 1)] },
    ]);
  });
});
