import { Controller, Get, Injectable, Module, VersioningType } from '@nestjs/common';
import type { CanActivate, INestApplication } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../src/index.ts';
import type { ObservabilityModuleOptions } from '../src/index.ts';
import { collectLines } from './support/collect-lines.ts';
import { createAdapter, PLATFORMS } from './support/platform.ts';
import { startApplication } from './support/start-application.ts';
import type { StartedApplication } from './support/start-application.ts';
import { storedDurations, storedServerSpans } from './support/stored-telemetry.ts';

const database = await testDatabase();
const PATHS = ['/livez', '/readyz', '/startupz', '/health/live', '/health/ready', '/health/startup'];

@Injectable()
class NobodyGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Module({ providers: [{ provide: APP_GUARD, useClass: NobodyGuard }] })
class GuardedModule {}

@Controller()
class OwnHealthController {
  @Get('health/live')
  live(): string {
    return 'of the application';
  }
}

@Module({ controllers: [OwnHealthController] })
class OwnHealthModule {}

describe.each(PLATFORMS)('probes on %s', (platform) => {
  let lines: string[];

  beforeEach(() => {
    lines = [];
  });

  it('answer outside of prefix, versions, guards and middleware, and are not to be cached', async () => {
    await using application = await start(GuardedModule, {}, (app) => {
      app.setGlobalPrefix('api');
      app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
      app.use((_request: unknown, response: { statusCode: number; end(): void }) => {
        response.statusCode = 401;
        response.end();
      });
    });

    const answers = await Promise.all(PATHS.map((path) => fetch(`${application.url}${path}?from=kubelet`)));

    expect(answers.map(({ status, headers }) => [status, headers.get('cache-control')])).toEqual(
      PATHS.map(() => [200, 'no-store']),
    );
    expect(await answers[0]?.json()).toEqual({ status: 'up' });
  });

  it('answer HEAD without a body, and leave other methods to the application', async () => {
    await using application = await start(GuardedModule);

    const head = await fetch(`${application.url}/livez/`, { method: 'HEAD' });
    const post = await fetch(`${application.url}/livez`, { method: 'POST' });

    expect([head.status, await head.text(), post.status]).toEqual([200, '', 404]);
  });

  it('are left out of spans, metrics and the count of requests in flight', async () => {
    await using application = await start(GuardedModule, { serviceName: `${platform}-quiet` });

    await Promise.all(PATHS.map((path) => fetch(`${application.url}${path}`)));

    expect(application.observability.http.inFlight).toBe(0);
    expect(await storedServerSpans(application.observability)).toEqual([]);
    expect(await storedDurations(application.observability)).toEqual([]);
  });

  it('refuse readiness and keep liveness while draining', async () => {
    await using application = await start(GuardedModule);
    application.observability.health.setDraining(true);

    const answers = await Promise.all(PATHS.map((path) => fetch(`${application.url}${path}`)));

    expect(answers.map(({ status }) => status)).toEqual([200, 503, 200, 200, 503, 200]);
  });

  it('answer while Nest refuses everything else because it closes', async () => {
    const statuses: number[] = [];
    class LastRequests {
      async onModuleDestroy(): Promise<void> {
        for (const path of ['/livez', '/readyz', '/elsewhere']) {
          statuses.push((await fetch(`${url}${path}`)).status);
        }
      }
    }
    const observability = ObservabilityModule.forRoot({
      serviceName: `${platform}-closing`,
      store: postgresStore(database.url),
    });
    const app = await NestFactory.create(
      { module: class AppModule {}, imports: [observability], providers: [LastRequests] },
      createAdapter(platform),
      { logger: false, return503OnClosing: true },
    );
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();

    await app.close();

    expect(statuses).toEqual([200, 200, 503]);
  });

  it('tell details only to those whom the application trusts', async () => {
    await using application = await start(GuardedModule, {
      health: { checks: { payments: () => Promise.reject(new Error('no route to bank')) } },
      probes: { showDetails: ({ headers }) => headers['x-operator'] === 'yes' },
    });

    const toStranger = await fetch(`${application.url}/readyz`);
    const toOperator = await fetch(`${application.url}/readyz`, { headers: { 'x-operator': 'yes' } });

    expect(await toStranger.json()).toEqual({ status: 'down' });
    expect(await toOperator.json()).toMatchObject({
      status: 'down',
      checks: { database: { status: 'up' }, payments: { status: 'down', message: 'no route to bank' } },
    });
  });

  it('tell details to who has the secret, of your own groups, too', async () => {
    await using application = await start(GuardedModule, {
      health: { checks: { ledger: () => false }, groups: { ready: [], deep: ['ledger'] } },
      probes: { secret: 'correct-horse', groups: '/internal' },
    });
    const url = `${application.url}/internal/deep`;

    const toStranger = await fetch(url, { headers: { authorization: 'Bearer wrong' } });
    const toOperator = await fetch(url, { headers: { authorization: 'Bearer correct-horse' } });

    expect([toStranger.status, await toStranger.json()]).toEqual([503, { status: 'down' }]);
    expect(await toOperator.json()).toMatchObject({ checks: { ledger: { status: 'down' } } });
  });

  it('answer at the paths that were given, and nowhere with false', async () => {
    await using moved = await start(GuardedModule, {
      probes: { liveness: ['/internal/alive'], startup: [] },
    });
    await using none = await start(GuardedModule, { probes: false });

    const statuses = await Promise.all(
      [
        `${moved.url}/internal/alive`,
        `${moved.url}/livez`,
        `${moved.url}/startupz`,
        `${moved.url}/readyz`,
        `${none.url}/livez`,
      ].map(async (url) => (await fetch(url)).status),
    );

    expect(statuses).toEqual([200, 404, 404, 200, 404]);
  });

  it('leave a path to a route of the application, with one line', async () => {
    await using application = await start(OwnHealthModule);

    const own = await fetch(`${application.url}/health/live`);
    const ours = await fetch(`${application.url}/livez`);

    expect([await own.text(), await ours.json()]).toEqual(['of the application', { status: 'up' }]);
    expect(lines.filter((line) => line.includes('/health/live is a route'))).toHaveLength(1);
  });

  it.each([
    { probes: 'yes' },
    { probes: [] },
    { probes: { liveness: 'livez' } },
    { probes: { readiness: ['readyz'] } },
    { probes: { startup: ['/livez'] } },
    { probes: { showDetails: 'sometimes' } },
    { probes: { showDetails: 'when-authorized' } },
    { probes: { secret: '' } },
    { probes: { authorize: 'me' } },
    { probes: { groups: 'healthz' } },
    { probes: { liveness: ['/healthz/deep'] }, health: { groups: { deep: [] } } },
    { health: { groups: { deep: ['nobody'] } } },
  ])('refuse %o', async (options) => {
    await expect(start(GuardedModule, options as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  function start(
    module: new () => object,
    options: Partial<ObservabilityModuleOptions> = {},
    configure?: (app: INestApplication) => unknown,
  ): Promise<StartedApplication> {
    const observability = ObservabilityModule.forRoot({
      serviceName: `${platform}-probes`,
      store: postgresStore(database.url),
      ...options,
    });
    const root = { module: class AppModule {}, imports: [observability, module] };
    return startApplication(root, platform, configure, collectLines(lines));
  }
});
