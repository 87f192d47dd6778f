import 'reflect-metadata';
import { Controller, Get, Module, UseInterceptors } from '@nestjs/common';
import type { INestMicroservice, Type } from '@nestjs/common';
import { MessagePattern, Transport } from '@nestjs/microservices';
import { currentCorrelationId, withTracingContext } from '@pg-observability/core';
import type { Observability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { MessageInterceptor, OBSERVABILITY, ObservabilityModule, propagateTrace } from '../../src/index.ts';
import { connectClient, startMicroservice } from '../support/microservice.ts';
import { startApplication } from '../support/start-application.ts';
import { storedEntrances } from './stored-entrances.ts';

const database = await testDatabase();

@Controller()
@UseInterceptors(MessageInterceptor)
class ShelvesController {
  @MessagePattern('shelves')
  shelves(): string {
    return String(currentCorrelationId());
  }

  @MessagePattern('broken shelf')
  broken(): never {
    throw new RangeError('no shelf');
  }

  @Get('shelves')
  shelvesByHttp(): string {
    return String(currentCorrelationId());
  }
}

describe('MessageInterceptor', () => {
  it('sees the messages of a hybrid application without inheritAppConfig, and leaves requests alone', async () => {
    await using application = await startApplication(
      shelvesModule('shelves-hybrid'),
      'express',
      async (app) => {
        app.connectMicroservice({ transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } });
        await app.startAllMicroservices();
      },
    );
    const [microservice] = application.app.getMicroservices();
    const client = propagateTrace(connectClient(microservice as INestMicroservice));

    const [answer, traceId] = await withTracingContext('order', async (operation) => [
      await firstValueFrom(client.send<string>('shelves', {})),
      operation.traceId,
    ]);
    const failure = await firstValueFrom(client.send('broken shelf', {})).catch((error: unknown) => error);
    await fetch(`${application.url}/shelves`);

    const [order, ...spans] = await storedEntrances(application.observability);
    expect([answer, failure]).toEqual([traceId, { status: 'error', message: 'Internal server error' }]);
    expect(spans).toMatchObject([
      { name: 'shelves', kind: 'SERVER', trace_id: traceId, parent: order?.span_id },
      { name: 'broken shelf', status: 'ERROR', exception: 'RangeError' },
      { name: 'GET /shelves', kind: 'SERVER' },
    ]);
    expect(spans).toHaveLength(3);
  });

  it("adds nothing where Nest's hook has seen the message", async () => {
    const app = await startMicroservice(shelvesModule('shelves-hook'));
    const client = connectClient(app);

    const [first, second] = [
      await firstValueFrom(client.send<string>('shelves', {})),
      await firstValueFrom(client.send<string>('shelves', {})),
    ];

    const spans = await storedEntrances(app.get<Observability>(OBSERVABILITY));
    expect(spans.map(({ name, trace_id }) => [name, trace_id])).toEqual([
      ['shelves', first],
      ['shelves', second],
    ]);
  });
});

function shelvesModule(serviceName: string): Type {
  @Module({
    imports: [ObservabilityModule.forRoot({ serviceName, store: postgresStore(database.url) })],
    controllers: [ShelvesController],
  })
  class ShelvesModule {}
  return ShelvesModule;
}
