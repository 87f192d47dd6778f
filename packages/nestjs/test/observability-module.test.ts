import { Controller, Get, Inject, Injectable, Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { Test } from '@nestjs/testing';
import {
  AlertManager,
  createObservability,
  HealthChecker,
  MetricsCollector,
  WorkflowStateTracker,
} from '@pg-observability/core';
import type { Observability, SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { typeormStore } from '@pg-observability/typeorm';
import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { InjectObservability, OBSERVABILITY, ObservabilityModule } from '../src/index.ts';
import type { ObservabilityModuleOptions, ObservabilityOptionsFactory } from '../src/index.ts';
import { collectLines } from './support/collect-lines.ts';
import { createAdapter, PLATFORMS } from './support/platform.ts';
import { startApplication } from './support/start-application.ts';
import { storedServerSpans } from './support/stored-telemetry.ts';

const database = await testDatabase();

@Injectable()
class OrdersService {
  readonly parts: readonly unknown[];

  constructor(
    @InjectObservability() observability: Observability,
    @Inject(MetricsCollector) metrics: MetricsCollector,
    @Inject(WorkflowStateTracker) workflows: WorkflowStateTracker,
    @Inject(HealthChecker) health: HealthChecker,
    @Inject(AlertManager) alerts: AlertManager,
  ) {
    this.parts = [observability, metrics, workflows, health, alerts];
  }
}

@Controller()
class HelloController {
  @Get('hello')
  hello(): string {
    return 'hello';
  }
}

@Module({ providers: [OrdersService], controllers: [HelloController] })
class OrdersModule {}

describe('ObservabilityModule.forRoot', () => {
  it('lets every module inject the instance and its parts', async () => {
    await using application = await startApplication(root([configured(), OrdersModule]), 'express');

    const { parts } = application.app.get(OrdersService);

    const { observability } = application;
    expect(parts).toEqual([
      observability,
      observability.metrics,
      observability.workflows,
      observability.health,
      observability.alerts,
    ]);
  });

  it('is seen only where it is imported with isGlobal: false', async () => {
    const module = configured({ isGlobal: false });

    await expect(create(root([module, OrdersModule]))).rejects.toThrow(/can't resolve dependencies/u);
    await using application = await startApplication(
      root([{ module: OrdersModule, imports: [module], providers: [OrdersService] }]),
      'express',
    );
    expect(application.app.get(OrdersService).parts[0]).toBe(application.observability);
  });

  it('refuses to be configured twice, and says where', async () => {
    const second: DynamicModule = {
      module: class BillingModule {},
      imports: [configured({ serviceName: 'b' })],
    };

    const starting = create(root([configured({ serviceName: 'a' }), second]));

    await expect(starting).rejects.toMatchObject({
      code: 'ALREADY_REGISTERED',
      message: expect.stringMatching(/AppModule.*BillingModule/u) as string,
    });
  });

  it('counts a request once when the class is imported again without options', async () => {
    const again: DynamicModule = { module: class BillingModule {}, imports: [ObservabilityModule] };
    const serviceName = 'imported-again';

    await using application = await startApplication(
      root([again, configured({ serviceName }), OrdersModule]),
      'express',
    );
    await fetch(`${application.url}/hello`);

    expect(await storedServerSpans(application.observability)).toHaveLength(1);
  });

  it('refuses the class without options where nothing configures it, and says where', async () => {
    const starting = create(root([ObservabilityModule]));

    await expect(starting).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('AppModule') as string,
    });
  });

  it('evaluates the alert rules it is given, and refuses those that cannot be', async () => {
    const rule = { kind: 'heartbeat', alertType: 'module_rule', heartbeat: 'module', within: '1s' } as const;
    const serviceName = 'rules-of-a-module';
    const wrong = create(root([configured({ alerts: { rules: [{ ...rule, within: '1x' as '1s' }] } })]));
    await expect(wrong).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('alerts.rules[0].within') as string,
    });

    await using application = await startApplication(
      root([configured({ serviceName, alerts: { rules: [rule], intervalMs: 1_000 } })]),
      'express',
    );
    const { alerts } = application.observability;

    await expect
      .poll(() => alerts.list({ alertType: 'module_rule' }), { timeout: 20_000 })
      .toMatchObject([{ serviceName, state: 'firing' }]);
  });

  it.each([undefined, null, 'orders', {}, { serviceName: '' }, { serviceName: 7 }])(
    'refuses %o as options, given at once or by a factory',
    async (options) => {
      const atOnce = async (): Promise<unknown> =>
        create(root([ObservabilityModule.forRoot(options as never)]));
      const byFactory = ObservabilityModule.forRootAsync({ useFactory: () => options as never });

      await expect(atOnce()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await expect(create(root([byFactory]))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    },
  );

  it.each([null, true, {}])('refuses %o as a ready instance', (observability) => {
    expect(() => ObservabilityModule.forRoot({ observability } as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });

  it("logs through Nest's logger", async () => {
    const lines: string[] = [];
    const module = configured({ health: { checks: { bank: () => false } } });

    await using application = await startApplication(
      root([module]),
      'express',
      undefined,
      collectLines(lines),
    );
    await fetch(`${application.url}/readyz`);

    expect(
      lines.filter((line) => line.startsWith('warn [Observability]') && line.includes('bank')),
    ).toHaveLength(1);
  });

  it('keeps two applications of one process apart', async () => {
    await using first = await startApplication(
      root([configured({ serviceName: 'first' }), OrdersModule]),
      'express',
    );
    await using second = await startApplication(
      root([configured({ serviceName: 'second' }), OrdersModule]),
      'fastify',
    );

    await Promise.all([
      fetch(`${first.url}/hello`),
      fetch(`${second.url}/hello`),
      fetch(`${second.url}/hello`),
    ]);

    const counts = await Promise.all(
      [first, second].map(async ({ observability }) => (await storedServerSpans(observability)).length),
    );
    expect(counts).toEqual([1, 2]);
  });

  it('does not shut down an instance that it was given', async () => {
    const observability = createObservability({
      serviceName: 'ready-made',
      store: postgresStore(database.url),
    });
    const application = await startApplication(
      root([ObservabilityModule.forRoot({ observability }), OrdersModule]),
      'express',
    );

    await fetch(`${application.url}/hello`);
    await application.app.close();

    expect(application.observability).toBe(observability);
    expect(await storedServerSpans(observability)).toHaveLength(1);
    await observability.shutdown();
  });

  it('starts and serves while the database is away', async () => {
    const module = configured({
      store: postgresStore('postgres://nobody@127.0.0.1:1/none'),
      shutdown: { flushTimeoutMs: 100 },
    });
    await using application = await startApplication(root([module, OrdersModule]), 'express');

    const statuses = await Promise.all(
      ['/hello', '/livez', '/readyz'].map(async (path) => (await fetch(`${application.url}${path}`)).status),
    );

    expect(statuses).toEqual([200, 200, 503]);
  });

  it('runs where there is no HTTP', async () => {
    const context = await NestFactory.createApplicationContext(root([configured(), OrdersModule]), {
      logger: false,
    });

    const observability = context.get<Observability>(OBSERVABILITY);
    observability.metrics.counter('jobs.done');
    await observability.flush();

    expect(await observability.metrics.query('jobs.done', {})).toHaveLength(1);
    await context.close();
  });
});

describe.each(PLATFORMS)('under Test.createTestingModule on %s', (platform) => {
  it('sees requests as under NestFactory, in front of middleware of the test', async () => {
    const serviceName = `testing-${platform}`;
    const module = await Test.createTestingModule({
      imports: [configured({ serviceName }), OrdersModule],
    }).compile();
    const app = module.createNestApplication(createAdapter(platform));
    app.use('/early', (_request: unknown, response: { end(): void }) => response.end());
    await app.listen(0, '127.0.0.1');

    await fetch(`${await app.getUrl()}/hello`);
    await fetch(`${await app.getUrl()}/early`);

    const names = (await storedServerSpans(app.get<Observability>(OBSERVABILITY))).map(({ name }) => name);
    expect(names).toEqual(['GET /hello', 'GET']);
    await app.close();
  });
});

describe('ObservabilityModule.forRootAsync', () => {
  const STORE = 'STORE';
  const storeModule: DynamicModule = {
    module: class StoreModule {},
    providers: [{ provide: STORE, useFactory: () => postgresStore(database.url) }],
    exports: [STORE],
  };

  @Injectable()
  class ObservabilityConfig implements ObservabilityOptionsFactory {
    createObservabilityOptions(): ObservabilityModuleOptions {
      return { serviceName: 'from-class', store: postgresStore(database.url) };
    }
  }

  const configModule: DynamicModule = {
    module: class ConfigModule {},
    providers: [ObservabilityConfig],
    exports: [ObservabilityConfig],
  };

  it.each([
    [
      'useFactory with imports and inject',
      'from-factory',
      ObservabilityModule.forRootAsync({
        imports: [storeModule],
        inject: [STORE],
        useFactory: async (store: SqlStore) => ({ serviceName: 'from-factory', store }),
      }),
    ],
    ['useClass', 'from-class', ObservabilityModule.forRootAsync({ useClass: ObservabilityConfig })],
    [
      'useExisting',
      'from-class',
      ObservabilityModule.forRootAsync({ imports: [configModule], useExisting: ObservabilityConfig }),
    ],
  ])('takes %s', async (_way, serviceName, module) => {
    await using application = await startApplication(root([module, OrdersModule]), 'express');

    const { observability } = application;

    expect([observability.serviceName, application.app.get(OrdersService).parts[0]]).toEqual([
      serviceName,
      observability,
    ]);
  });

  it.each([undefined, {}, { useClass: ObservabilityConfig, useFactory: () => ({ serviceName: 'both' }) }])(
    'refuses %o',
    (options) => {
      expect(() => ObservabilityModule.forRootAsync(options as never)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    },
  );

  it('builds its store from the DataSource of TypeOrmModule', async () => {
    const serviceName = 'over-typeorm';
    const typeorm = TypeOrmModule.forRoot({ type: 'postgres', url: database.url });
    const module = ObservabilityModule.forRootAsync({
      inject: [getDataSourceToken()],
      useFactory: (dataSource: DataSource) => ({ serviceName, store: typeormStore(dataSource) }),
    });

    await using application = await startApplication(root([typeorm, module, OrdersModule]), 'fastify');
    await fetch(`${application.url}/hello`);

    expect(await storedServerSpans(application.observability)).toHaveLength(1);
  });
});

function configured(options: Record<string, unknown> = {}): DynamicModule {
  return ObservabilityModule.forRoot({
    serviceName: 'module-test',
    store: postgresStore(database.url),
    ...options,
  });
}

function root(imports: (DynamicModule | Type)[]): DynamicModule {
  return { module: class AppModule {}, imports };
}

function create(module: DynamicModule): Promise<unknown> {
  return NestFactory.create(module, { logger: false, abortOnError: false });
}
