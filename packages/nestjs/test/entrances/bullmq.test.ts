import 'reflect-metadata';
import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { currentCorrelationId, propagationHeaders, withTracingContext } from '@pg-observability/core';
import type { Observability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { createPostgresBackend, DelayedError, Queue, setDefaultBackendFactory } from 'bullmq';
import type { Job, JobsOptions } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { OBSERVABILITY, ObservabilityModule, Traced } from '../../src/index.ts';
import { storedCounts, storedEntrances } from './stored-entrances.ts';

const database = await testDatabase();

// Nest's types know Redis only.
const connection = { connectionString: database.url, migrate: true } as never;

beforeAll(async () => {
  setDefaultBackendFactory(createPostgresBackend);
  const queue = new Queue('migration', { connection });
  await queue.waitUntilReady();
  await queue.close();
});
afterAll(() => setDefaultBackendFactory());

interface Invoice {
  orderId: string;
  trace?: Record<string, string>;
}

@Processor('invoices')
class InvoicesProcessor extends WorkerHost {
  #isPostponed = false;

  async process(job: Job<Invoice>, token?: string): Promise<string> {
    if (job.data.orderId === '') {
      throw new RangeError('no order');
    }
    if (job.data.orderId === 'later' && !this.#isPostponed) {
      this.#isPostponed = true;
      await job.moveToDelayed(Date.now() + 1, token);
      throw new DelayedError();
    }
    return `${this.print(job.data.orderId)} ${currentCorrelationId()}`;
  }

  @Traced()
  print(orderId: string): string {
    return orderId;
  }
}

@Processor('reminders')
class RemindersProcessor extends WorkerHost {
  @Traced({ name: 'send reminder', carrier: ([job]: [Job<Invoice>]) => job.data.trace })
  async process(job: Job<Invoice>): Promise<string> {
    return `${job.data.orderId} ${currentCorrelationId()}`;
  }
}

describe('a processor of BullMQ', () => {
  it('goes on with the trace that the producer gave to the job', async () => {
    const { observability, run } = await startWorker('bullmq-trace', 'invoices', InvoicesProcessor);

    const [answer, traceId, spanId] = await withTracingContext('order', async (operation) => {
      const headers = { ...propagationHeaders(), 'x-correlation-id': 'order-7' };
      const result = await run({ orderId: '7' }, { telemetry: { metadata: JSON.stringify(headers) } });
      return [result, operation.traceId, operation.spanId];
    });

    const spans = await storedEntrances(observability);
    const consumer = spans.find(({ kind }) => kind === 'CONSUMER');
    expect(answer).toBe('7 order-7');
    expect(consumer).toMatchObject({
      name: 'process invoices',
      trace_id: traceId,
      parent: spanId,
      correlation_id: 'order-7',
      attributes: {
        'messaging.system': 'bullmq',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': 'invoices',
        'messaging.message.id': expect.any(String) as string,
        'job.name': 'send',
        'code.function.name': 'InvoicesProcessor.process',
      },
    });
    expect(spans.find(({ name }) => name === 'InvoicesProcessor.print')?.parent).toBe(consumer?.span_id);
    expect(await storedCounts(observability, 'messaging.process.duration')).toEqual([
      {
        labels: {
          'messaging.system': 'bullmq',
          'messaging.operation.name': 'process',
          'messaging.destination.name': 'invoices',
        },
        count: 1,
      },
    ]);
  });

  it.each([[undefined], ['nonsense'], ['null'], ['[]']])(
    'begins a trace for a job that brings %o',
    async (metadata) => {
      const { observability, run } = await startWorker(
        `bullmq-new-${metadata}`,
        'invoices',
        InvoicesProcessor,
      );

      const answer = await run({ orderId: '7' }, metadata === undefined ? {} : { telemetry: { metadata } });

      const [consumer] = await storedEntrances(observability);
      expect(consumer).toMatchObject({ name: 'process invoices', parent: null });
      expect(answer).toBe(`7 ${consumer?.trace_id}`);
    },
  );

  it('records what it throws, and BullMQ fails the job', async () => {
    const { observability, run } = await startWorker('bullmq-errors', 'invoices', InvoicesProcessor);

    await expect(run({ orderId: '' })).rejects.toThrow('no order');

    expect(await storedEntrances(observability)).toMatchObject([
      { name: 'process invoices', status: 'ERROR', exception: 'RangeError' },
    ]);
  });

  it('has not failed where it throws to postpone the job', async () => {
    const { observability, run } = await startWorker('bullmq-later', 'invoices', InvoicesProcessor);

    await run({ orderId: 'later' });

    const spans = await storedEntrances(observability);
    expect(spans.filter(({ kind }) => kind === 'CONSUMER')).toMatchObject([
      { name: 'process invoices', status: 'UNSET', exception: null },
      { name: 'process invoices', status: 'UNSET', exception: null },
    ]);
  });

  it('is observed once where it says by @Traced where its trace is', async () => {
    const { observability, run } = await startWorker('bullmq-carrier', 'reminders', RemindersProcessor);

    const [answer, traceId] = await withTracingContext('order', async (operation) => [
      await run({ orderId: '7', trace: propagationHeaders() }),
      operation.traceId,
    ]);

    const spans = await storedEntrances(observability);
    expect(answer).toBe(`7 ${traceId}`);
    expect(spans.map(({ name, kind }) => [name, kind])).toEqual([
      ['order', 'INTERNAL'],
      ['send reminder', 'CONSUMER'],
    ]);
  });
});

async function startWorker(
  serviceName: string,
  queueName: string,
  processor: Type<WorkerHost>,
): Promise<{
  observability: Observability;
  run(data: Invoice, options?: JobsOptions): Promise<unknown>;
}> {
  @Module({
    imports: [
      ObservabilityModule.forRoot({ serviceName, store: postgresStore(database.url) }),
      BullModule.forRoot({ connection }),
      BullModule.registerQueue({ name: queueName }),
    ],
    providers: [processor],
  })
  class WorkerModule {}

  const app: INestApplicationContext = await NestFactory.createApplicationContext(WorkerModule, {
    logger: false,
  });
  onTestFinished(() => app.close());
  const { worker } = app.get<WorkerHost>(processor);
  return {
    observability: app.get<Observability>(OBSERVABILITY),
    run: async (data, options) => {
      const finished = new Promise((resolve, reject) => {
        worker.once('completed', (_job, result) => resolve(result));
        worker.once('failed', (_job, error) => reject(error));
      });
      await app.get<Queue<Invoice>>(getQueueToken(queueName)).add('send', data, options);
      return finished;
    },
  };
}
