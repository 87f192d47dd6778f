import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { continueTrace, currentCorrelationId } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { ObservabilityModule, Traced } from '../../src/index.ts';
import { storedEntrances } from './stored-entrances.ts';

const database = await testDatabase();
const store = postgresStore(database.url);
afterAll(() => store.close?.());

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;

@Injectable()
class SendInvoices {
  // As the commands of nest-commander are called.
  @Traced('send invoices')
  async run(orderIds: string[], options: { fail?: boolean }): Promise<unknown> {
    if (options.fail === true) {
      throw new RangeError('no printer');
    }
    return [orderIds.map((orderId) => this.print(orderId)), currentCorrelationId()];
  }

  @Traced()
  print(orderId: string): string {
    return orderId;
  }
}

describe('a command', () => {
  it('is one trace with a correlation ID, stored when the application is closed', async () => {
    const app = await startContext('command');

    const [orderIds, correlationId] = (await app.get(SendInvoices).run(['7', '8'], {})) as [string[], string];
    await app.close();

    const [command, ...printed] = await stored('command');
    expect([orderIds, command]).toEqual([
      ['7', '8'],
      expect.objectContaining({
        name: 'send invoices',
        kind: 'INTERNAL',
        parent: null,
        trace_id: correlationId,
      }),
    ]);
    expect(printed.map(({ name, parent }) => [name, parent])).toEqual([
      ['SendInvoices.print', command?.span_id],
      ['SendInvoices.print', command?.span_id],
    ]);
  });

  it('is stored with what it fails by', async () => {
    const app = await startContext('command-fails');

    await expect(app.get(SendInvoices).run([], { fail: true })).rejects.toThrow(RangeError);
    await app.close();

    expect(await stored('command-fails')).toMatchObject([
      { name: 'send invoices', status: 'ERROR', exception: 'RangeError' },
    ]);
  });

  it('goes on with the trace of the shell that called it', async () => {
    const app = await startContext('command-of-shell');

    await continueTrace({ traceparent: TRACEPARENT }, 'nightly', () => app.get(SendInvoices).run(['7'], {}));
    await app.close();

    const [nightly, command] = await stored('command-of-shell');
    expect([nightly, command]).toMatchObject([
      { name: 'nightly', trace_id: TRACE_ID, parent: '00f067aa0ba902b7' },
      { name: 'send invoices', trace_id: TRACE_ID, parent: nightly?.span_id },
    ]);
  });
});

function startContext(serviceName: string): Promise<INestApplicationContext> {
  @Module({
    imports: [ObservabilityModule.forRoot({ serviceName, store: postgresStore(database.url) })],
    providers: [SendInvoices],
  })
  class CommandModule {}
  return NestFactory.createApplicationContext(CommandModule, { logger: false });
}

function stored(serviceName: string): ReturnType<typeof storedEntrances> {
  return storedEntrances({ store, serviceName, flush: async () => undefined });
}
