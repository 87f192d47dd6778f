import { createObservability } from '@pg-observability/core';
import type { Observability, ObservabilityOptions } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createTestObservability } from '@pg-observability/core/testing';
import { createQuietLogger, startFaultProxy, testDatabase } from '@pg-observability/testkit';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';

const database = await testDatabase();
const reader = postgresStore(database.url);
afterAll(() => reader.close?.());

function start(serviceName: string, options: Partial<ObservabilityOptions> = {}): Observability {
  const observability = createObservability({
    serviceName,
    store: postgresStore(database.url),
    logger: createQuietLogger(),
    housekeeping: false,
    ...options,
  });
  onTestFinished(() => observability.shutdown());
  return observability;
}

async function stored(serviceName: string, check: string): Promise<unknown[]> {
  const { rows } = await reader.query(
    `select from_status as "from", to_status as "to" from observability.health_transitions
     where service_name = $1::text and check_name = $2::text order by transition_id`,
    [serviceName, check],
  );
  return rows.map((row) => `${String(row['from'])} > ${String(row['to'])}`);
}

describe('an instance', () => {
  it('stores its changes by itself, in order and once, also those of a database that was away', async () => {
    const { hostname, port } = new URL(database.url);
    const proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
    onTestFinished(() => proxy.close());
    const { health } = start('away', {
      store: postgresStore(proxy.url(database.url)),
      health: { timeoutMs: 10_000 },
    });
    const until = async (status: string): Promise<void> => {
      await expect.poll(async () => (await health.readiness()).status, { timeout: 60_000 }).toBe(status);
    };
    await until('up');
    for (let outage = 0; outage < 2; outage += 1) {
      await proxy.refuse(true);
      proxy.cut();
      await until('down');
      expect(health.stats().history?.queued).toBeGreaterThan(0);
      await proxy.refuse(false);
      await until('up');
    }

    // Nobody asks for it: the recorder tries again by itself.
    await expect.poll(() => health.stats().history?.queued, { timeout: 60_000 }).toBe(0);

    const changes = ['null > up', 'up > down', 'down > up', 'up > down', 'down > up'];
    expect(await stored('away', 'database')).toEqual(changes);
    expect(await stored('away', 'ready')).toEqual(changes);
    expect(health.stats().history).toMatchObject({ stored: expect.any(Number), dropped: 0, lastError: null });
  });

  it('says where it is in its life, and that it drains is stored with the last flush', async () => {
    const observability = start('life', { health: { timeoutMs: 10_000 } });
    const lifecycles = [observability.stats().health.lifecycle];
    await observability.health.readiness();
    lifecycles.push(observability.stats().health.lifecycle);

    await observability.shutdown();

    lifecycles.push(observability.stats().health.lifecycle);
    expect(lifecycles).toEqual(['starting', 'ready', 'draining']);
    expect(await stored('life', 'ready')).toEqual(['null > up', 'up > draining']);
  });

  it('stores nothing where that is not wanted, and nothing where nobody looked', async () => {
    const silent = start('silent', { health: { history: false, timeoutMs: 10_000 } });
    await silent.health.readiness();
    const unseen = start('unseen');
    await Promise.all([silent, unseen].map((observability) => observability.flush()));
    await Promise.all([silent, unseen].map((observability) => observability.shutdown()));

    const { rows } = await reader.query(
      "select count(*)::integer as count from observability.health_transitions where service_name in ('silent', 'unseen')",
    );
    expect([rows, silent.stats().health.history]).toEqual([[{ count: 0 }], null]);
  });

  it('says once that changes are refused, keeps them, and says when they are stored again', async () => {
    const logger = createQuietLogger();
    const observability = start('refused', { logger, health: { timeoutMs: 10_000 } });
    await observability.start();
    await observability.flush();
    await reader.script('alter table observability.health_transitions rename column is_flapping to flaps');
    await observability.health.readiness();
    const refusals = [observability.health.flush(500), observability.health.flush(500)];
    await Promise.all(
      refusals.map((refusal) => expect(refusal).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })),
    );
    await reader.script('alter table observability.health_transitions rename column flaps to is_flapping');

    await observability.health.flush();

    const told = logger.lines.filter((line) => /changes of health/iu.test(line));
    expect(told.map((line) => line.slice(0, 4))).toEqual(['warn', 'info']);
    expect(await stored('refused', 'ready')).toEqual(['null > up']);
  });

  it('starts checks in the background before anybody probes, and ends them at shutdown', async () => {
    let runs = 0;
    const check = (): boolean => {
      runs += 1;
      return true;
    };
    const observability = start('background', {
      health: { checks: { slow: { check, background: true, cacheMs: 1 } }, groups: { ready: ['slow'] } },
    });
    await observability.start();
    await expect.poll(() => runs).toBeGreaterThan(1);
    const { status } = await observability.health.readiness();
    await observability.shutdown();
    const atTheEnd = runs;

    const after = await observability.health.readiness();

    expect([status, after.message, runs]).toEqual(['up', 'draining', atTheEnd]);
  });

  it('keeps its history in memory in tests', async () => {
    await using test = createTestObservability();
    const { health } = test.observability;
    await health.readiness();
    await health.flush();

    expect((await health.history({ check: 'ready' })).map(({ to }) => to)).toEqual(['up']);
    expect(await health.uptime({ check: 'ready', days: 2 })).toHaveLength(2);
  });
});
