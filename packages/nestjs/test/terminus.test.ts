import { Controller, Get, Inject, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import type { HealthCheckResult } from '@nestjs/terminus';
import { createObservability } from '@pg-observability/core';
import type { Observability, ObservabilityOptions } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { startFaultProxy, testDatabase } from '@pg-observability/testkit';
import { afterEach, describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import { ObservabilityModule } from '../src/index.ts';
import { ObservabilityHealthIndicator } from '../src/terminus/index.ts';
import { PLATFORMS } from './support/platform.ts';
import { startApplication } from './support/start-application.ts';

const database = await testDatabase();
const instances: Observability[] = [];
afterEach(() => Promise.all(instances.splice(0).map((instance) => instance.shutdown())));

@Controller('status')
class StatusController {
  readonly #health: HealthCheckService;
  readonly #observability: ObservabilityHealthIndicator;

  constructor(
    @Inject(HealthCheckService) health: HealthCheckService,
    @Inject(ObservabilityHealthIndicator) observability: ObservabilityHealthIndicator,
  ) {
    this.#health = health;
    this.#observability = observability;
  }

  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.#health.check([
      this.#observability.pingCheck('observability_store').cacheFor(60_000),
      () => this.#observability.readiness('service').withTimeout(5_000),
      () => this.#observability.startup('start'),
    ]);
  }
}

@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [StatusController],
  providers: [ObservabilityHealthIndicator],
})
class StatusModule {}

describe.each(PLATFORMS)('ObservabilityHealthIndicator under Terminus on %s', (platform) => {
  it('answers each indicator under its key', async () => {
    await using application = await start({});

    const response = await fetch(`${application.url}/status`);

    const body = await response.json();
    expect([response.status, body]).toMatchObject([
      200,
      {
        status: 'ok',
        details: {
          observability_store: { status: 'up' },
          service: {
            status: 'up',
            message: expect.any(String) as string,
            checks: { database: { status: 'up' } },
          },
          start: { status: 'up' },
        },
      },
    ]);
  });

  it('answers 503 with what failed, for that indicator only', async () => {
    await using application = await start({
      health: { checks: { bank: () => Promise.reject(new Error('closed')) } },
    });

    const response = await fetch(`${application.url}/status`);

    const { error } = (await response.json()) as HealthCheckResult;
    expect([response.status, error]).toEqual([
      503,
      { service: { status: 'down', message: 'bank: closed', responseTime: expect.any(Number) as number } },
    ]);
  });

  function start(options: Partial<ObservabilityOptions>): ReturnType<typeof startApplication> {
    const observability = ObservabilityModule.forRoot({
      serviceName: 'terminus',
      store: postgresStore(database.url),
      ...options,
    });
    return startApplication({ module: class AppModule {}, imports: [observability, StatusModule] }, platform);
  }
});

describe('ObservabilityHealthIndicator', () => {
  it('tells a degraded service from a healthy one', async () => {
    const indicator = createIndicator({
      health: { checks: { search: { check: () => false, critical: false } } },
    });

    const result = await indicator.isHealthy('service');

    expectTypeOf(result).toHaveProperty('service');
    expect(result).toMatchObject({
      service: { status: 'degraded', checks: { database: { status: 'up' }, search: { status: 'degraded' } } },
    });
  });

  it('answers groups of your own', async () => {
    const indicator = createIndicator({
      health: {
        checks: { ledger: () => false, search: { check: () => false, critical: false } },
        groups: { ready: [], deep: ['ledger'], soft: ['search'] },
      },
    });

    const results = await Promise.all([
      indicator.group('deep', 'deep'),
      indicator.group('soft', 'soft'),
      indicator.group('none', 'nobody'),
      indicator.isHealthy('soft', 'soft'),
      indicator.isHealthy('ready'),
    ]);

    expect(results).toMatchObject([
      { deep: { status: 'down', message: 'ledger: the check answered false' } },
      { soft: { status: 'up', checks: { search: { status: 'degraded' } } } },
      { none: { status: 'down', message: expect.stringContaining('live, ready, startup, deep, soft') } },
      { soft: { status: 'degraded' } },
      { ready: { status: 'up' } },
    ]);
    await expect(indicator.isHealthy('none', 'nobody')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('is down while the service drains', async () => {
    const indicator = createIndicator({});
    instances[0]?.health.setDraining(true);

    expect(await indicator.isHealthy('service')).toEqual({
      service: { status: 'down', message: 'draining' },
    });
    expect(await indicator.readiness('service')).toMatchObject({
      service: { status: 'down', message: 'draining' },
    });
    expect(await indicator.pingCheck('store')).toMatchObject({ store: { status: 'up' } });
  });

  it('gives a database up that does not answer', async () => {
    const { hostname, port } = new URL(database.url);
    const proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
    onTestFinished(() => proxy.close());
    const indicator = createIndicator({ store: postgresStore(proxy.url(database.url)) });
    proxy.blackhole(true);

    const results = await Promise.all([
      indicator.pingCheck('store'),
      indicator.pingCheck('store').withTimeout(50),
    ]);
    proxy.blackhole(false);

    expect(results).toMatchObject([
      { store: { status: 'down', message: 'timeout of 1000ms exceeded' } },
      { store: { status: 'down', message: 'timeout of 50ms exceeded' } },
    ]);
  });

  function createIndicator(options: Partial<ObservabilityOptions>): ObservabilityHealthIndicator {
    const store = options.store ?? postgresStore(database.url);
    const observability = createObservability({
      serviceName: 'terminus-alone',
      logger: { warn: () => undefined, error: () => undefined },
      shutdown: { flushTimeoutMs: 100 },
      ...options,
      store,
    });
    instances.push(observability);
    return new ObservabilityHealthIndicator(new HealthIndicatorService(), observability);
  }
});
