import { Controller, Get, Inject, Version, VersioningType } from '@nestjs/common';
import type { Type } from '@nestjs/common';
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
      this.#indicator.pingCheck('second').cacheFor(60_000),
    ]);
    return { ...first, ...second };
  }
}

describe.each(PLATFORMS)('traps of Nest on %s', (platform) => {
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

    const response = await fetch(`${application.url}/cached-status`);

    expect(await response.json()).toMatchObject({ first: { status: 'up' }, second: { status: 'up' } });
  });

  function start(
    name: string,
    configure?: (app: StartedApplication['app']) => unknown,
    controllers: Type[] = [TrapsController, CachedStatusController],
  ): Promise<StartedApplication> {
    const observability = ObservabilityModule.forRoot({
      serviceName: `traps-${platform}-${name}`,
      store: postgresStore(database.url),
    });
    const module = {
      module: class TrapsModule {},
      imports: [observability, TerminusModule.forRoot({ logger: false })],
      controllers,
      providers: [ObservabilityHealthIndicator],
    };
    return startApplication(module, platform, configure);
  }
});
