import { Controller, Get, Inject, Module, Version, VersioningType } from '@nestjs/common';
import type { DynamicModule, MiddlewareConsumer, NestModule, Type } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TerminusModule } from '@nestjs/terminus';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../src/index.ts';
import { ObservabilityHealthIndicator } from '../src/terminus/index.ts';
import { PLATFORMS } from './support/platform.ts';
import { startApplication } from './support/start-application.ts';
import type { StartedApplication } from './support/start-application.ts';
import { storedDurations } from './support/stored-telemetry.ts';

const database = await testDatabase();
const gate = new EventEmitter();

@Controller()
class TrapsController {
  @Get('excluded')
  excluded(): string {
    return 'outside of the prefix';
  }

  @Get('slow')
  async slow(): Promise<string> {
    const opened = once(gate, 'open');
    gate.emit('waiting');
    await opened;
    return 'done';
  }
}

@Controller()
class InvoicesController {
  @Get('invoices')
  @Version('1')
  first(): string {
    return 'one';
  }

  @Get('invoices')
  @Version('2')
  second(): string {
    return 'two';
  }
}

@Controller('cached-status')
class CachedStatusController {
  readonly #indicator: ObservabilityHealthIndicator;

  constructor(@Inject(ObservabilityHealthIndicator) indicator: ObservabilityHealthIndicator) {
    this.#indicator = indicator;
  }

  @Get()
  async check(): Promise<unknown> {
    const [first, second] = await Promise.all([
      this.#indicator.pingCheck('first').cacheFor(60_000),
      this.#indicator.readiness('second').cacheFor(60_000),
    ]);
    return { ...first, ...second };
  }
}

@Module({ controllers: [TrapsController] })
class RefusingModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply((_request: unknown, _response: unknown, next: (error?: Error) => void) => {
        next(new Error('middleware failed'));
      })
      .forRoutes('*path');
  }
}

describe.each(PLATFORMS)('traps of Nest on %s', (platform) => {
  it('keeps the URL of a request whose middleware failed, and puts none of it into its route', async () => {
    await using application = await start('failed', undefined, [], [RefusingModule]);

    await fetch(`${application.url}/excluded?page=2`);
    await fetch(`${application.url}/no/such/order-4711`);

    // Fastify knows the route before any middleware runs, Express after them.
    const route = platform === 'fastify' ? '/excluded' : null;
    expect(await serverSpans(application)).toEqual([
      { path: '/excluded', route, status: 500 },
      { path: '/no/such/order-4711', route: null, status: 500 },
    ]);
  });

  it('sees a route that the global prefix excludes, by its own pattern', async () => {
    await using application = await start('excluded', (app) =>
      app.setGlobalPrefix('api', { exclude: ['excluded'] }),
    );

    await fetch(`${application.url}/excluded`);
    await fetch(`${application.url}/api`);

    expect(await storedDurations(application.observability)).toEqual([
      { route: '/excluded', status_code: '200', count: 1 },
      { route: '<unmatched>', status_code: '404', count: 1 },
    ]);
  });

  it('puts versions that are told by a header under the one route they share', async () => {
    await using application = await start(
      'versions',
      (app) => app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' }),
      [InvoicesController],
    );

    const bodies = await Promise.all(
      ['1', '2'].map(async (version) => {
        const answer = await fetch(`${application.url}/invoices`, { headers: { 'x-version': version } });
        return answer.text();
      }),
    );

    expect(bodies).toEqual(['one', 'two']);
    expect(await storedDurations(application.observability)).toEqual([
      { route: '/invoices', status_code: '200', count: 2 },
    ]);
  });

  it('answers a probe whatever query it is asked with', async () => {
    await using application = await start('query');

    const { status } = await fetch(`${application.url}/livez?from=balancer`);

    expect(status).toBe(200);
  });

  it('finishes requests in flight and stores them at a close without a signal, too', async () => {
    const application = await start('close');
    const waiting = once(gate, 'waiting');
    const answer = fetch(`${application.url}/slow`).then((response) => response.text());
    await waiting;

    const closed = application.app.close();
    gate.emit('open');

    expect(await answer).toBe('done');
    await closed;
    await using reader = await start('close');
    expect(await storedDurations(reader.observability)).toEqual([
      { route: '/slow', status_code: '200', count: 1 },
    ]);
  });

  it('keeps cached indicators apart by their keys', async () => {
    await using application = await start('keys');
    application.observability.health.setDraining(true);

    const answers = [];
    for (const path of ['/cached-status', '/cached-status']) {
      answers.push(await (await fetch(`${application.url}${path}`)).json());
    }

    const answer = { first: { status: 'up' }, second: { status: 'down', message: 'draining' } };
    expect(answers).toMatchObject([answer, answer]);
  });

  function start(
    name: string,
    configure?: (app: StartedApplication['app']) => unknown,
    controllers: Type[] = [TrapsController, CachedStatusController],
    modules: (Type | DynamicModule)[] = [],
  ): Promise<StartedApplication> {
    const observability = ObservabilityModule.forRoot({
      serviceName: `traps-${platform}-${name}`,
      store: postgresStore(database.url),
    });
    const module = {
      module: class TrapsModule {},
      imports: [observability, TerminusModule.forRoot({ logger: false }), ...modules],
      controllers,
      providers: [ObservabilityHealthIndicator],
    };
    return startApplication(module, platform, configure);
  }
});

describe('traps of Fastify', () => {
  it("keeps the route of a handler that answers by the adapter's own 404", async () => {
    const adapter = new FastifyAdapter();
    adapter
      .getInstance()
      .get('/gone/:id', (_request: unknown, reply: { callNotFound(): unknown }) => reply.callNotFound());
    const observability = ObservabilityModule.forRoot({
      serviceName: 'traps-gone',
      store: postgresStore(database.url),
    });
    const module = { module: class AppModule {}, imports: [observability] };
    await using application = await startApplication(module, adapter);

    await fetch(`${application.url}/gone/7`);

    expect(await serverSpans(application)).toEqual([{ path: '/gone/7', route: '/gone/:id', status: 404 }]);
  });
});

/** What the URL was, and what became of it, of each server span in the order they were started in. */
async function serverSpans({ observability }: StartedApplication): Promise<unknown[]> {
  await observability.flush();
  const { rows } = await observability.store.query(
    `select attributes ->> 'url.path' as path, attributes ->> 'http.route' as route,
            (attributes ->> 'http.response.status_code')::int as status
       from observability.spans where service_name = $1::text and kind = 'SERVER' order by start_time`,
    [observability.serviceName],
  );
  return rows;
}
