import 'reflect-metadata';
import { Controller, Module, UseGuards } from '@nestjs/common';
import type { CanActivate, INestMicroservice, Type } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import type { ClientProxy } from '@nestjs/microservices';
import { currentCorrelationId, withTracingContext } from '@pg-observability/core';
import type { Observability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { firstValueFrom, lastValueFrom, of, toArray } from 'rxjs';
import type { Observable } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { OBSERVABILITY, ObservabilityModule, propagateTrace, Traced } from '../../src/index.ts';
import { connectClient, startMicroservice } from '../support/microservice.ts';
import { startApplication } from '../support/start-application.ts';
import { storedCounts, storedEntrances } from './stored-entrances.ts';

const database = await testDatabase();
const restocked = deferred<string>();

class ClosedGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Controller()
class StockController {
  @MessagePattern({ cmd: 'count' })
  @Traced()
  count(@Payload() article: string): string {
    return `${article} ${currentCorrelationId()}`;
  }

  @MessagePattern('list')
  list(): Observable<number> {
    return of(1, 2, 3);
  }

  @MessagePattern('break')
  break(): never {
    throw new RangeError('out of stock');
  }

  @MessagePattern('closed')
  @UseGuards(ClosedGuard)
  closed(): void {}

  @EventPattern('restocked')
  restocked(@Payload() _article: string): void {
    restocked.resolve(String(currentCorrelationId()));
  }
}

describe('a microservice over TCP', () => {
  it('continues the trace of a request that propagateTrace sent, before guards and handlers', async () => {
    const { client, observability } = await startStock('stock-trace');
    propagateTrace(client);

    const [answer, traceId, spanId] = await withTracingContext('order', async (operation) => [
      await firstValueFrom(client.send<string>({ cmd: 'count' }, 'tea')),
      operation.traceId,
      operation.spanId,
    ]);

    const [caller, server, inner] = await storedEntrances(observability);
    expect([answer, caller?.name]).toEqual([`tea ${traceId}`, 'order']);
    expect([server, inner]).toMatchObject([
      {
        name: '{"cmd":"count"}',
        kind: 'SERVER',
        status: 'UNSET',
        trace_id: traceId,
        parent: spanId,
        attributes: {
          'rpc.system.name': 'nestjs',
          'rpc.method': '{"cmd":"count"}',
          'code.function.name': 'StockController.count',
        },
      },
      { name: 'StockController.count', parent: server?.span_id, trace_id: traceId },
    ]);
  });

  it('begins a trace for a request that brings none, and times it', async () => {
    const { client, observability } = await startStock('stock-new');

    const values = await lastValueFrom(client.send<number>('list', {}).pipe(toArray()));

    expect(values).toEqual([1, 2, 3]);
    expect(await storedEntrances(observability)).toMatchObject([{ name: 'list', parent: null }]);
    expect(await storedCounts(observability, 'rpc.server.call.duration')).toEqual([
      { labels: { 'rpc.system.name': 'nestjs', 'rpc.method': 'list' }, count: 1 },
    ]);
  });

  it('takes a correlation ID from the metadata of a packet', async () => {
    const { client, observability } = await startStock('stock-correlation');
    client.setOnDispatchHook((packet) => {
      packet.metadata = { 'X-Correlation-Id': 'order-7', traceparent: 'nonsense' };
    });

    const answer = await firstValueFrom(client.send<string>({ cmd: 'count' }, 'tea'));

    const [server] = await storedEntrances(observability);
    expect([answer, server?.correlation_id, server?.parent]).toEqual(['tea order-7', 'order-7', null]);
  });

  it('records what a handler throws and what a guard refuses, and answers them as Nest does', async () => {
    const { client, observability } = await startStock('stock-errors');

    const answers = await Promise.all(
      ['break', 'closed'].map((pattern) =>
        firstValueFrom(client.send(pattern, {})).catch((error: unknown) => error),
      ),
    );

    expect(answers).toEqual([
      { status: 'error', message: 'Internal server error' },
      { status: 'error', message: 'Forbidden resource' },
    ]);
    const spans = (await storedEntrances(observability)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(spans).toMatchObject([
      { name: 'break', status: 'ERROR', exception: 'RangeError', attributes: { 'error.type': 'RangeError' } },
      { name: 'closed', status: 'ERROR' },
    ]);
  });

  it('makes an event the span of a consumer', async () => {
    const { client, observability } = await startStock('stock-events');

    await lastValueFrom(client.emit('restocked', 'tea'), { defaultValue: undefined });
    const correlationId = await restocked.promise;

    const [consumer] = await vi.waitFor(async () => {
      const spans = await storedEntrances(observability);
      expect(spans).toHaveLength(1);
      return spans;
    }, 10_000);
    expect(consumer).toMatchObject({
      name: 'process restocked',
      kind: 'CONSUMER',
      trace_id: correlationId,
      attributes: {
        'messaging.system': 'tcp',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': 'restocked',
      },
    });
    expect(await storedCounts(observability, 'messaging.process.duration')).toMatchObject([{ count: 1 }]);
  });

  it('is seen in a hybrid application with inheritAppConfig, which still answers HTTP', async () => {
    await using application = await startApplication(stockModule('stock-hybrid'), 'express', async (app) => {
      app.connectMicroservice(
        { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } },
        { inheritAppConfig: true },
      );
      await app.startAllMicroservices();
    });
    const [microservice] = application.app.getMicroservices();
    const client = connectClient(microservice as INestMicroservice);

    await firstValueFrom(client.send('list', {}));
    const { status } = await fetch(`${application.url}/nowhere`);

    expect(status).toBe(404);
    expect((await storedEntrances(application.observability)).map(({ name }) => name).toSorted()).toEqual([
      'GET',
      'list',
    ]);
  });
});

describe('propagateTrace', () => {
  it.each([[undefined], [null], [{}]])('refuses %o', (client) => {
    expect(() => propagateTrace(client as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});

function stockModule(serviceName: string): Type {
  @Module({
    imports: [ObservabilityModule.forRoot({ serviceName, store: postgresStore(database.url) })],
    controllers: [StockController],
  })
  class StockModule {}
  return StockModule;
}

async function startStock(
  serviceName: string,
): Promise<{ client: ClientProxy; observability: Observability }> {
  const app = await startMicroservice(stockModule(serviceName));
  return { client: connectClient(app), observability: app.get<Observability>(OBSERVABILITY) };
}

function deferred<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
