import { Controller, Get, Injectable, Module } from '@nestjs/common';
import type { CanActivate, INestApplication } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { parseDocument, testDatabase } from '@pg-observability/testkit';
import { describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../src/index.ts';
import type { ObservabilityModuleOptions } from '../src/index.ts';
import { collectLines } from './support/collect-lines.ts';
import { PLATFORMS } from './support/platform.ts';
import { startApplication } from './support/start-application.ts';
import type { StartedApplication } from './support/start-application.ts';
import { storedDurations, storedServerSpans } from './support/stored-telemetry.ts';

const database = await testDatabase();

@Injectable()
class NobodyGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Module({ providers: [{ provide: APP_GUARD, useClass: NobodyGuard }] })
class GuardedModule {}

@Controller('orders')
class OrdersController {
  @Get(':id')
  find(): object {
    return {};
  }
}

@Module({ controllers: [OrdersController] })
class OrdersModule {}

@Controller()
class OwnMetricsController {
  @Get('metrics')
  metrics(): string {
    return 'of the application';
  }
}

@Module({ controllers: [OwnMetricsController] })
class OwnMetricsModule {}

describe.each(PLATFORMS)('prometheus on %s', (platform) => {
  it('is off by itself', async () => {
    await using application = await start(GuardedModule);

    expect((await fetch(`${application.url}/metrics`)).status).toBe(404);
  });

  it('shows the metrics of requests, outside of any prefix, in both formats', async () => {
    await using application = await start(OrdersModule, { prometheus: true }, (app) =>
      app.setGlobalPrefix('api'),
    );
    await fetch(`${application.url}/api/orders/7`);

    const text = await fetch(`${application.url}/metrics?x=1`);
    const openMetrics = await fetch(`${application.url}/metrics/`, {
      headers: { accept: 'application/openmetrics-text;version=1.0.0' },
    });

    const name = 'http_server_request_duration_seconds';
    expect([text.status, text.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const last = parseDocument(await text.text(), 'text')
      .get(name)
      ?.samples.at(-1);
    expect(last).toMatchObject({
      name: `${name}_count`,
      labels: { http_route: '/api/orders/:id' },
      value: 1,
    });
    expect(parseDocument(await openMetrics.text(), 'openmetrics').get(name)?.unit).toBe('seconds');
  });

  it('answers at its path, with its secret, before guards, and leaves no trace', async () => {
    await using application = await start(GuardedModule, {
      serviceName: `${platform}-scraped`,
      prometheus: { path: '/internal/metrics/', secret: 'scrape' },
    });
    const url = `${application.url}/internal/metrics`;
    const authorization = 'Bearer scrape';

    const answers = await Promise.all([
      fetch(url),
      fetch(url, { headers: { authorization } }),
      fetch(url, { method: 'HEAD', headers: { authorization } }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([401, 200, 200]);
    expect(application.observability.http.inFlight).toBe(0);
    expect(await storedServerSpans(application.observability)).toEqual([]);
    expect(await storedDurations(application.observability)).toEqual([]);
    expect((await fetch(url, { method: 'POST' })).status).toBe(404);
  });

  it('leaves the path to a route of the application, with one line', async () => {
    const lines: string[] = [];
    await using application = await start(OwnMetricsModule, { prometheus: true }, undefined, lines);

    expect(await (await fetch(`${application.url}/metrics`)).text()).toBe('of the application');
    expect(lines.filter((line) => line.includes('GET /metrics is a route'))).toHaveLength(1);
  });

  it.each([
    { prometheus: 'yes' },
    { prometheus: null },
    { prometheus: [] },
    { prometheus: { path: 'metrics' } },
    { prometheus: { path: 5 } },
    { prometheus: { secret: '' } },
    { prometheus: { buckets: { wait: [] } } },
  ])('refuses %o', async (options) => {
    await expect(start(GuardedModule, options as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  function start(
    module: new () => object,
    options: Partial<ObservabilityModuleOptions> = {},
    configure?: (app: INestApplication) => unknown,
    lines: string[] = [],
  ): Promise<StartedApplication> {
    const observability = ObservabilityModule.forRoot({
      serviceName: `${platform}-prometheus`,
      store: postgresStore(database.url),
      ...options,
    });
    const root = { module: class AppModule {}, imports: [observability, module] };
    return startApplication(root, platform, configure, collectLines(lines));
  }
});
