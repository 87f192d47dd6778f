import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { currentCorrelationId } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ObservabilityModule, Traced } from '../../src/index.ts';
import { PLATFORMS } from '../support/platform.ts';
import type { Platform } from '../support/platform.ts';
import { startApplication } from '../support/start-application.ts';
import type { StartedApplication } from '../support/start-application.ts';
import { connectSocket } from '../support/web-socket-client.ts';
import type { SocketClient } from '../support/web-socket-client.ts';
import { storedCounts, storedEntrances } from './stored-entrances.ts';

const database = await testDatabase();

@WebSocketGateway()
class OrdersGateway {
  @SubscribeMessage('orders.place')
  async place(@MessageBody() order: { id: string }): Promise<object> {
    return { event: 'placed', data: { id: this.check(order.id), by: currentCorrelationId() } };
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

describe.each(PLATFORMS)('a WebSocket gateway on %s', (platform) => {
  it('makes each message a trace of its own, on one connection', async () => {
    const { client, application } = await startGateway(`gateway-${platform}`, platform);

    const answers = [
      (await client.ask('orders.place', { id: '7' })) as { data: { id: string; by: string } },
      (await client.ask('orders.place', { id: '8' })) as { data: { id: string; by: string } },
    ];

    const spans = await storedEntrances(application.observability);
    const ofFirst = spans.filter(({ trace_id }) => trace_id === answers[0]?.data.by);
    expect(answers.map(({ data }) => data.id)).toEqual(['7', '8']);
    expect(answers[0]?.data.by).not.toBe(answers[1]?.data.by);
    expect(ofFirst).toMatchObject([
      {
        name: 'orders.place',
        kind: 'SERVER',
        parent: null,
        attributes: {
          'rpc.system.name': 'websocket',
          'rpc.method': 'orders.place',
          'code.function.name': 'OrdersGateway.place',
        },
      },
      { name: 'OrdersGateway.check', parent: ofFirst[0]?.span_id },
    ]);
    expect(await storedCounts(application.observability, 'rpc.server.call.duration')).toEqual([
      { labels: { 'rpc.system.name': 'websocket', 'rpc.method': 'orders.place' }, count: 2 },
    ]);
  });

  it('records what a handler throws, and lets Nest answer it', async () => {
    const { client, application } = await startGateway(`gateway-errors-${platform}`, platform);

    const answer = await client.ask('orders.break', {});

    expect(answer).toMatchObject({ event: 'exception', data: { status: 'error', message: 'sold out' } });
    expect(await storedEntrances(application.observability)).toMatchObject([
      { name: 'orders.break', status: 'ERROR', attributes: { 'error.type': expect.any(String) as string } },
    ]);
  });
});

async function startGateway(
  serviceName: string,
  platform: Platform,
): Promise<{ client: SocketClient; application: StartedApplication }> {
  @Module({
    imports: [ObservabilityModule.forRoot({ serviceName, store: postgresStore(database.url) })],
    providers: [OrdersGateway],
  })
  class GatewayModule {}

  const application = await startApplication(GatewayModule, platform, (app) =>
    app.useWebSocketAdapter(new WsAdapter(app)),
  );
  const client = await connectSocket(application.url);
  onTestFinished(async () => {
    client.close();
    await application.app.close();
  });
  return { client, application };
}
