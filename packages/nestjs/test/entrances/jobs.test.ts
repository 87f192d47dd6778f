import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, Interval, ScheduleModule, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { currentCorrelationId, propagationHeaders, withTracingContext } from '@pg-observability/core';
import type { Observability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { OBSERVABILITY, ObservabilityModule, Traced } from '../../src/index.ts';
import { storedCounts, storedEntrances } from './stored-entrances.ts';

const database = await testDatabase();

@Injectable()
class Jobs {
  readonly years: (string | undefined)[] = [];

  @Cron('0 0 1 1 *', { name: 'close the year' })
  async closeYear(): Promise<void> {
    this.years.push(currentCorrelationId());
    this.count();
  }

  @Cron('0 0 2 1 *', { name: 'print the year' })
  async printYear(): Promise<void> {
    // As under jest, where what Node.js throws is no instance of the Error of the tests.
    throw runInNewContext('new RangeError("no paper")');
  }

  @Interval(20)
  poll(): void {}

  @Timeout('warm up', 1)
  async warmUp(): Promise<void> {
    throw new RangeError('too cold');
  }

  @Traced()
  count(): number {
    return 7;
  }
}

describe('scheduled jobs', () => {
  it('are spans with a trace and a correlation ID of their own each run', async () => {
    const { app, observability } = await startJobs('jobs-cron');
    const job = app.get(SchedulerRegistry).getCronJob('close the year');

    await job.fireOnTick();
    await job.fireOnTick();

    const [firstRun, secondRun] = app.get(Jobs).years;
    const spans = (await storedEntrances(observability)).filter(({ trace_id }) => trace_id === firstRun);
    const [first] = spans;
    expect(firstRun).not.toBe(secondRun);
    expect(spans).toMatchObject([
      {
        name: 'close the year',
        kind: 'INTERNAL',
        parent: null,
        attributes: {
          'job.name': 'close the year',
          'job.type': 'cron',
          'job.schedule': '0 0 1 1 *',
          'code.function.name': 'Jobs.closeYear',
        },
      },
      { name: 'Jobs.count', parent: first?.span_id },
    ]);
    expect(await storedCounts(observability, 'job.duration')).toContainEqual({
      labels: { 'job.name': 'close the year', 'job.type': 'cron' },
      count: 2,
    });
  });

  it('are seen when timers run them, with what they throw', async () => {
    const { observability } = await startJobs('jobs-timers');

    const names = ['Jobs.poll', 'warm up'];
    const spans = await vi.waitFor(async () => {
      const stored = await storedEntrances(observability);
      expect(names.filter((name) => !stored.some((span) => span.name === name))).toEqual([]);
      return stored;
    }, 10_000);

    expect(names.map((name) => spans.find((span) => span.name === name))).toMatchObject([
      { status: 'UNSET', attributes: { 'job.type': 'interval', 'job.period_ms': 20 } },
      {
        status: 'ERROR',
        exception: 'RangeError',
        attributes: { 'job.type': 'timeout', 'error.type': 'RangeError' },
      },
    ]);
  });

  it('name the class of an error of another realm', async () => {
    const { app, observability } = await startJobs('jobs-realm');

    await app.get(SchedulerRegistry).getCronJob('print the year').fireOnTick();

    const labels = { 'job.name': 'print the year', 'job.type': 'cron', 'error.type': 'RangeError' };
    expect(await storedCounts(observability, 'job.duration')).toContainEqual({ labels, count: 1 });
    expect(await storedEntrances(observability)).toContainEqual(
      expect.objectContaining({ name: 'print the year', status: 'ERROR', exception: 'RangeError' }),
    );
  });

  it('are a part of the request that calls them, and nothing special without an application', async () => {
    const { app, observability } = await startJobs('jobs-called');

    const traceId = await withTracingContext('request', async (operation) => {
      await app.get(Jobs).closeYear();
      return operation.traceId;
    });
    await new Jobs().closeYear();

    const spans = (await storedEntrances(observability)).filter(({ trace_id }) => trace_id === traceId);
    expect(spans.map(({ name }) => name)).toEqual(['request', 'Jobs.count']);
    expect(app.get(Jobs).years).toEqual([traceId]);
  });
});

interface Job {
  name: string;
  data: { orderId: string; trace?: Record<string, string> };
}

class InvoicesProcessor {
  @Traced({
    name: 'process invoices',
    carrier: ([job]: [Job]) => job.data.trace,
    attributes: ([job]: [Job]) => ({ 'order.id': job.data.orderId }),
  })
  async process(job: Job): Promise<string> {
    return `${job.data.orderId} ${currentCorrelationId()}`;
  }
}

describe('a consumer of a queue with @Traced and a carrier', () => {
  it('continues the trace that the job brings', async () => {
    const { observability } = await startJobs('jobs-queue');
    const trace = await withTracingContext('order', () => propagationHeaders());
    const data = { orderId: '7', trace: { ...trace, 'x-correlation-id': 'order-7' } };

    const answer = await new InvoicesProcessor().process({ name: 'send', data });

    const spans = await storedEntrances(observability);
    const order = spans.find(({ name }) => name === 'order');
    expect(answer).toBe('7 order-7');
    expect(spans.find(({ name }) => name === 'process invoices')).toMatchObject({
      kind: 'CONSUMER',
      trace_id: order?.trace_id,
      parent: order?.span_id,
      correlation_id: 'order-7',
      attributes: { 'order.id': '7' },
    });
  });

  it('begins a trace where there is nothing to read, or reading throws', async () => {
    const { observability } = await startJobs('jobs-queue-new');

    await new InvoicesProcessor().process({ name: 'send', data: { orderId: '7' } });
    await expect(new InvoicesProcessor().process({ name: 'send' } as Job)).rejects.toThrow(TypeError);

    const spans = (await storedEntrances(observability)).filter(({ name }) => name === 'process invoices');
    expect(spans.map(({ parent }) => parent)).toEqual([null, null]);
    expect(new Set(spans.map(({ status }) => status))).toEqual(new Set(['UNSET', 'ERROR']));
  });
});

async function startJobs(
  serviceName: string,
): Promise<{ app: INestApplicationContext; observability: Observability }> {
  @Module({
    imports: [
      ScheduleModule.forRoot(),
      ObservabilityModule.forRoot({ serviceName, store: postgresStore(database.url) }),
    ],
    providers: [Jobs],
  })
  class JobsModule {}

  const app = await NestFactory.createApplicationContext(JobsModule, { logger: false });
  onTestFinished(() => app.close());
  return { app, observability: app.get<Observability>(OBSERVABILITY) };
}
