import { Controller, Get, Logger, Module } from '@nestjs/common';
import type { ConsoleLoggerOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CorrelationLogger, ObservabilityModule } from '../src/index.ts';

const database = await testDatabase();

@Controller()
class OrdersController {
  readonly #logger = new Logger('Orders');

  @Get('place')
  place(): string {
    this.#logger.log('placed');
    this.#logger.error('then failed');
    return 'placed';
  }
}

@Module({ controllers: [OrdersController] })
class OrdersModule {}

describe('CorrelationLogger', () => {
  let written: string[];

  beforeEach(() => {
    written = [];
    const collect = (chunk: unknown): boolean => written.push(String(chunk)) > 0;
    vi.spyOn(process.stdout, 'write').mockImplementation(collect);
    vi.spyOn(process.stderr, 'write').mockImplementation(collect);
  });
  afterEach(() => vi.restoreAllMocks());

  it('puts the correlation ID into lines of a request, and into no others', async () => {
    await logOneRequest({ colors: false });

    const ofOrders = written.filter((line) => line.includes('[Orders]'));
    expect(ofOrders.map((line) => line.replace(/^.*?(LOG|ERROR)/u, '$1').trim())).toEqual([
      'LOG [order-42] [Orders] placed',
      'ERROR [order-42] [Orders] then failed',
    ]);
    expect(written.filter((line) => line.includes('[order-42]'))).toEqual(ofOrders);
  });

  it('writes correlation ID, trace and span as fields of JSON', async () => {
    await logOneRequest({ json: true });

    const lines = written
      .flatMap((chunk) => chunk.trim().split('\n'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const hex = (digits: number): unknown => expect.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`, 'u'));
    expect(lines.find(({ message }) => message === 'placed')).toMatchObject({
      level: 'log',
      context: 'Orders',
      correlation_id: 'order-42',
      trace_id: hex(32),
      span_id: hex(16),
    });
    expect(lines.filter((line) => 'correlation_id' in line).map(({ message }) => message)).toEqual([
      'placed',
      'then failed',
    ]);
  });

  async function logOneRequest(options: ConsoleLoggerOptions): Promise<void> {
    const observability = ObservabilityModule.forRoot({
      serviceName: 'correlation-logger',
      store: postgresStore(database.url),
    });
    const module = { module: class AppModule {}, imports: [observability, OrdersModule] };
    const app = await NestFactory.create(module, {
      bufferLogs: true,
      logger: new CorrelationLogger(options),
    });
    await app.listen(0, '127.0.0.1');
    await fetch(`${await app.getUrl()}/place`, { headers: { 'x-correlation-id': 'order-42' } });
    await app.close();
  }
});
