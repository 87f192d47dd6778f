import 'reflect-metadata';
import { Controller, Inject, Injectable, Module } from '@nestjs/common';
import type { INestMicroservice, OnApplicationShutdown, Type } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { Cron, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ObservabilityModule, Traced } from '../../src/index.ts';
import { connectClient } from '../support/microservice.ts';
import { connectSocketIo } from '../support/socket-io-client.ts';
import { startApplication } from '../support/start-application.ts';
import type { StartedApplication } from '../support/start-application.ts';
import { storedEntrances } from './stored-entrances.ts';

const database = await testDatabase();
const store = postgresStore(database.url);
afterAll(() => store.close?.());

/** What every entrance calls: it waits in the middle of its work, and writes down what happens. */
@Injectable()
class Warehouse implements OnApplicationShutdown {
  readonly happened: string[] = [];
  readonly #gate = new EventTarget();

  async work(): Promise<string> {
    this.happened.push('began');
    await new Promise((resolve) => this.#gate.addEventListener('open', resolve));
    this.happened.push('worked');
    return 'done';
  }

  open(): void {
    this.#gate.dispatchEvent(new Event('open'));
  }

  onApplicationShutdown(): void {
    this.happened.push('closed');
  }
}

@Controller()
class Messages {
  readonly #warehouse: Warehouse;

  constructor(@Inject(Warehouse) warehouse: Warehouse) {
    this.#warehouse = warehouse;
  }

  @MessagePattern('work')
  request(): Promise<string> {
    return this.#warehouse.work();
  }

  @EventPattern('worked')
  async event(@Payload() _article: object): Promise<void> {
    await this.#warehouse.work();
  }
}

@WebSocketGateway()
class Calls {
  readonly #warehouse: Warehouse;

  constructor(@Inject(Warehouse) warehouse: Warehouse) {
    this.#warehouse = warehouse;
  }

  @SubscribeMessage('work over a socket')
  message(): Promise<string> {
    return this.#warehouse.work();
  }

  @Cron('0 0 1 1 *', { name: 'work at night' })
  async job(): Promise<void> {
    await this.#warehouse.work();
  }

  @Traced({ name: 'work off', carrier: ([job]: [{ trace?: Record<string, string> }]) => job.trace })
  process(_job: { trace?: Record<string, string> }): Promise<string> {
    return this.#warehouse.work();
  }
}

const CALLS: [
  entrance: string,
  spanName: string,
  call: (application: StartedApplication) => Promise<unknown>,
][] = [
  ['a request of a microservice', 'work', ({ app }) => firstValueFrom(client(app).send('work', {}))],
  [
    'an event of a microservice',
    'process worked',
    ({ app }) => lastValueFrom(client(app).emit('worked', {}), { defaultValue: undefined }),
  ],
  [
    'a message of a gateway',
    'work over a socket',
    async ({ url }) => (await connectSocketIo(url)).ask('work over a socket', {}),
  ],
  [
    'a job',
    'work at night',
    async ({ app }) => app.get(SchedulerRegistry).getCronJob('work at night').fireOnTick(),
  ],
  ['a consumer of a queue', 'work off', ({ app }) => app.get(Calls).process({})],
];

describe('a close of the application', () => {
  it.each(CALLS)('waits for %s, and stores its span', async (entrance, spanName, call) => {
    const serviceName = `draining ${entrance}`;
    const application = await start(serviceName, 20_000);
    const { app, observability } = application;
    const warehouse = app.get(Warehouse);
    const called = call(application);
    await vi.waitFor(() => expect(warehouse.happened).toEqual(['began']), 10_000);

    const closed = app.close();
    const drained = observability.drain().then(() => warehouse.happened.push('drained'));
    await vi.waitFor(
      async () => expect((await observability.health.readiness()).healthy).toBe(false),
      10_000,
    );
    warehouse.open();
    await Promise.all([called, closed, drained]);

    expect(warehouse.happened).toEqual(['began', 'worked', 'drained', 'closed']);
    const spans = await storedEntrances({ store, serviceName, flush: async () => undefined });
    expect(spans).toMatchObject([{ name: spanName, status: 'UNSET' }]);
  });

  it('goes on after drainTimeoutMs where something does not end', async () => {
    const application = await start('draining what does not end', 20);
    const { app, observability } = application;
    const warehouse = app.get(Warehouse);
    const stuck = app.get(Calls).process({});

    await app.close();

    expect([warehouse.happened, observability.stats().operationsInFlight]).toEqual([['began', 'closed'], 1]);
    warehouse.open();
    await stuck;
  });
});

async function start(serviceName: string, drainTimeoutMs: number): Promise<StartedApplication> {
  const application = await startApplication(
    createModule(serviceName, drainTimeoutMs),
    'express',
    async (app) => {
      app.useWebSocketAdapter(new IoAdapter(app));
      const options = { host: '127.0.0.1', port: 0 };
      app.connectMicroservice({ transport: Transport.TCP, options }, { inheritAppConfig: true });
      await app.startAllMicroservices();
    },
  );
  onTestFinished(() => application.app.close());
  return application;
}

function createModule(serviceName: string, drainTimeoutMs: number): Type {
  @Module({
    imports: [
      ScheduleModule.forRoot(),
      ObservabilityModule.forRoot({
        serviceName,
        store: postgresStore(database.url),
        shutdown: { drainTimeoutMs },
      }),
    ],
    controllers: [Messages],
    providers: [Warehouse, Calls],
  })
  class EntrancesModule {}
  return EntrancesModule;
}

function client(app: StartedApplication['app']): ReturnType<typeof connectClient> {
  return connectClient(app.getMicroservices()[0] as INestMicroservice);
}
