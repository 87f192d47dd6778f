import 'reflect-metadata';
import { Inject, Injectable, Module, Scope } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { currentCorrelationId } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ObservabilityModule, Traced } from '../../src/index.ts';
import { PLATFORMS } from '../support/platform.ts';
import type { Platform } from '../support/platform.ts';
import { connectSocketIo } from '../support/socket-io-client.ts';
import { startApplication } from '../support/start-application.ts';
import type { StartedApplication } from '../support/start-application.ts';
import { storedCounts, storedEntrances } from './stored-entrances.ts';

const database = await testDatabase();

@WebSocketGateway()
class OrdersGateway {
  readonly seen: (string | undefined)[] = [];

  handleConnection(): void {
    this.seen.push(currentCorrelationId());
  }

  async handleDisconnect(): Promise<void> {
    this.seen.push(currentCorrelationId());
  }

  @SubscribeMessage('orders.place')
  async place(@MessageBody() order: { id: string }): Promise<object> {
    return { id: this.check(order.id), by: currentCorrelationId() };
  }

  @SubscribeMessage('orders.break')
  break(): never {
    throw new WsException('sold out');
  }

  @Traced()
  check(id: string): string {
    return id;
  }
}

@Injectable({ scope: Scope.REQUEST })
class OrderOfOneMessage {
  correlationId(): string {
    return String(currentCorrelationId());
  }
}

@WebSocketGateway()
class ScopedGateway {
  readonly #order: OrderOfOneMessage;

  constructor(@Inject(OrderOfOneMessage) order: OrderOfOneMessage) {
    this.#order = order;
  }

  @SubscribeMessage('orders.show')
  show(): string {
    return this.#order.correlationId();
  }
}

describe.each(PLATFORMS)('a gateway of socket.io on %s', (platform) => {
  it('makes each message a trace of its own, with its acknowledgement', async () => {
    const { url, observability } = await startGateway(`socket-io-${platform}`, platform, [OrdersGateway]);
    const client = await connectSocketIo(url);

    const answers = (await Promise.all(['7', '8'].map((id) => client.ask('orders.place', { id })))) as {
      id: string;
      by: string;
    }[];

    const spans = await storedEntrances(observability);
    const ofFirst = spans.filter(({ trace_id }) => trace_id === answers[0]?.by);
    expect(answers.map(({ id }) => id)).toEqual(['7', '8']);
    expect(answers[0]?.by).not.toBe(answers[1]?.by);
    expect(ofFirst).toMatchObject([
      { name: 'orders.place', kind: 'SERVER', parent: null, attributes: { 'rpc.system.name': 'websocket' } },
      { name: 'OrdersGateway.check', parent: ofFirst[0]?.span_id },
    ]);
    expect(await storedCounts(observability, 'rpc.server.call.duration')).toContainEqual({
      labels: { 'rpc.system.name': 'websocket', 'rpc.method': 'orders.place' },
      count: 2,
    });
  });

  it('records what a handler throws, and lets Nest answer it', async () => {
    const { url, observability } = await startGateway(`socket-io-errors-${platform}`, platform, [
      OrdersGateway,
    ]);
    const client = await connectSocketIo(url);
    const exception = client.heard('exception');

    void client.ask('orders.break', {}).catch(() => undefined);

    expect(await exception).toMatchObject({ status: 'error', message: 'sold out' });
    expect(await storedEntrances(observability)).toContainEqual(
      expect.objectContaining({ name: 'orders.break', status: 'ERROR' }),
    );
  });

  it('gives connecting and disconnecting a context of their own', async () => {
    const { app, url, observability } = await startGateway(`socket-io-connect-${platform}`, platform, [
      OrdersGateway,
    ]);
    const { seen } = app.get(OrdersGateway);

    (await connectSocketIo(url)).close();
    await vi.waitFor(() => expect(seen).toHaveLength(2), 10_000);

    const spans = await storedEntrances(observability);
    expect(spans.map(({ name, kind, trace_id }) => [name, kind, trace_id])).toEqual([
      ['OrdersGateway.handleConnection', 'SERVER', seen[0]],
      ['OrdersGateway.handleDisconnect', 'SERVER', seen[1]],
    ]);
    expect(seen[0]).not.toBe(seen[1]);
  });

  it('sees a gateway that is made anew for each message', async () => {
    const { url, observability } = await startGateway(`socket-io-scoped-${platform}`, platform, [
      ScopedGateway,
      OrderOfOneMessage,
    ]);
    const client = await connectSocketIo(url);

    const correlationId = await client.ask('orders.show', {});

    expect(await storedEntrances(observability)).toMatchObject([
      { name: 'orders.show', trace_id: correlationId },
    ]);
  });
});

async function startGateway(
  serviceName: string,
  platform: Platform,
  providers: Type[],
): Promise<StartedApplication> {
  @Module({
    imports: [ObservabilityModule.forRoot({ serviceName, store: postgresStore(database.url) })],
    providers,
  })
  class GatewayModule {}

  const application = await startApplication(GatewayModule, platform, (app) =>
    app.useWebSocketAdapter(new IoAdapter(app)),
  );
  onTestFinished(() => application.app.close());
  return application;
}
