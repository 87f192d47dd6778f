import { postgresStore } from '@pg-observability/core/node-postgres';
import { sendHttp, testDatabase, withOneConnection } from '@pg-observability/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import type { ImportOrder } from './fixtures/shutdown-application.ts';
import { PLATFORMS } from './support/platform.ts';
import type { Platform } from './support/platform.ts';
import { spawnFixture } from './support/spawn-fixture.ts';
import type { Fixture } from './support/spawn-fixture.ts';

const database = await testDatabase();
const store = postgresStore(database.url);
afterAll(() => store.close?.());

interface Start {
  order?: ImportOrder;
  platform?: Platform;
  hooks?: 'before listen' | 'after listen' | 'none';
  pool?: 'own' | 'shared';
  drainTimeoutMs?: number;
}

describe('at SIGTERM', { timeout: 120_000 }, () => {
  it.each<Start>([
    { order: 'before TypeOrmModule' },
    { order: 'after TypeOrmModule' },
    { order: 'importing TypeOrmModule', platform: 'fastify' },
    { order: 'beside a feature module', hooks: 'after listen' },
  ])('readiness is refused at once, requests finish and all is stored: %o', async (options) => {
    const serviceName = Object.values(options).join(' ');
    const { fixture, url } = await start(serviceName, options);
    const slow = fetch(`${url}/slow`);
    await fixture.message('slow');

    fixture.child.kill('SIGTERM');
    await untilRefused(`${url}/readyz`);
    const alive = await fetch(`${url}/livez`);
    await fetch(`${url}/release`);
    const answer = await slow;

    expect([alive.status, answer.status, await answer.text()]).toEqual([200, 200, 'done']);
    expect(await fixture.ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await storedCounters(serviceName)).toEqual([
      'hook.before_shutdown',
      'hook.module_destroy',
      'hook.shutdown',
    ]);
    expect(await storedSpans(serviceName)).toEqual(['GET /release', 'GET /slow']);
  });

  it.each(PLATFORMS)(
    'a further SIGTERM changes nothing on %s, and a connection that is kept is closed',
    async (platform) => {
      const serviceName = `twice ${platform}`;
      const { fixture, url } = await start(serviceName, { platform });
      await withOneConnection(async (agent) => {
        const slow = fetch(`${url}/slow`);
        await fixture.message('slow');
        const before = await sendHttp(`${url}/livez`, { agent });

        fixture.child.kill('SIGTERM');
        await untilRefused(`${url}/readyz`);
        fixture.child.kill('SIGTERM');
        await untilRefused(`${url}/readyz`);
        const release = await sendHttp(`${url}/release`, { agent });
        const answer = await slow;

        expect([before.status, release.status, answer.status]).toEqual([200, 200, 200]);
        expect(await fixture.ended).toEqual({ code: null, signal: 'SIGTERM' });
        expect(await storedSpans(serviceName)).toEqual(['GET /release', 'GET /slow']);
      });
    },
  );

  it.each(PLATFORMS)(
    'a request that hangs longer than its time is cut off on %s, and what is known of it is stored',
    async (platform) => {
      const serviceName = `hangs ${platform}`;
      const { fixture, url } = await start(serviceName, { platform, drainTimeoutMs: 300 });
      const hanging = fetch(`${url}/hang`).then(
        () => 'answered',
        () => 'cut off',
      );
      await fixture.message('hang');
      await fetch(`${url}/release`);

      fixture.child.kill('SIGTERM');

      expect([await fixture.ended, await hanging]).toEqual([{ code: null, signal: 'SIGTERM' }, 'cut off']);
      expect(await storedSpans(serviceName)).toEqual(['GET /hang', 'GET /release']);
    },
  );

  it('all that was recorded while the DataSource was open is stored where telemetry shares its pool', async () => {
    const { fixture, url } = await start('shared pool', { order: 'before TypeOrmModule', pool: 'shared' });
    await fetch(`${url}/release`);

    fixture.child.kill('SIGTERM');

    expect(await fixture.ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await storedCounters('shared pool')).toEqual(['hook.before_shutdown', 'hook.module_destroy']);
    expect(await storedSpans('shared pool')).toEqual(['GET /release']);
  });

  it('the process ends as it would without us where shutdown hooks are not enabled, and one line told so', async () => {
    const { fixture } = await start('no-hooks', { hooks: 'none' });
    await fixture.written('app.enableShutdownHooks()');

    fixture.child.kill('SIGTERM');

    expect(await fixture.ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(fixture.output.join('').match(/enableShutdownHooks/gu)).toHaveLength(1);
  });
});

async function start(
  serviceName: string,
  {
    order = 'after TypeOrmModule',
    platform = 'express',
    hooks = 'before listen',
    pool = 'own',
    drainTimeoutMs = 3_000,
  }: Start,
): Promise<{ fixture: Fixture; url: string }> {
  const fixture = spawnFixture('shutdown-application', {
    DATABASE_URL: database.url,
    SERVICE_NAME: serviceName,
    IMPORT_ORDER: order,
    PLATFORM: platform,
    SHUTDOWN_HOOKS: hooks,
    POOL: pool,
    DRAIN_TIMEOUT_MS: String(drainTimeoutMs),
  });
  return { fixture, url: await fixture.message<string>('listening') };
}

async function untilRefused(url: string): Promise<void> {
  let status: number;
  do {
    // A whole request to the other process, so this does not spin.
    ({ status } = await fetch(url));
  } while (status !== 503);
}

async function storedCounters(serviceName: string): Promise<unknown[]> {
  const { rows } = await store.query(
    `select metric_name as name from observability.metrics
      where service_name = $1::text and metric_type = 'counter' order by 1`,
    [serviceName],
  );
  return rows.map((row) => row['name']);
}

async function storedSpans(serviceName: string): Promise<unknown[]> {
  const { rows } = await store.query(
    'select operation_name as name from observability.spans where service_name = $1::text order by 1',
    [serviceName],
  );
  return rows.map((row) => row['name']);
}
