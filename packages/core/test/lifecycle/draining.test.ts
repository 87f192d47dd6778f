import { continueTrace, createObservability, openIncomingOperation } from '@pg-observability/core';
import type { Observability, ShutdownOptions } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDeferred } from '../health/deferred.ts';

const database = await testDatabase();

describe('drain', () => {
  it('waits for the job that continueTrace runs, also for one that fails', async () => {
    const observability = start('draining-job');
    const gate = createDeferred<never>();
    const events: string[] = [];
    const job = continueTrace(undefined, 'send invoices', () => gate.promise).catch(() =>
      events.push('failed'),
    );

    const drained = observability.drain().then(() => events.push('drained'));
    const { operationsInFlight } = observability.stats();
    gate.reject(new Error('no printer'));
    await Promise.all([job, drained]);

    expect([operationsInFlight, events, observability.stats().operationsInFlight]).toEqual([
      1,
      ['failed', 'drained'],
      0,
    ]);
  });

  it('waits until an adapter has ended every operation that came in, however often it ends one', async () => {
    const observability = start('draining-messages');
    const [first, second] = ['first', 'second'].map((name) =>
      openIncomingOperation(undefined, name, { tracing: observability.tracing }),
    );
    let isDrained = false;

    const drained = observability.drain().then(() => (isDrained = true));
    first?.end();
    first?.end();
    await continueTrace(undefined, 'came while draining', () => undefined);
    const whileOneRuns = isDrained;
    second?.end();
    await drained;

    expect([whileOneRuns, observability.stats().operationsInFlight]).toEqual([false, 0]);
  });

  it('gives up after drainTimeoutMs, and leaves the operation alone', async () => {
    const observability = start('draining-stuck', { drainTimeoutMs: 20 });
    const stuck = openIncomingOperation(undefined, 'stuck', { tracing: observability.tracing });

    await observability.drain();

    expect(observability.stats().operationsInFlight).toBe(1);
    stuck.end();
  });

  it('waits for the operations of its own instance only', async () => {
    const observability = start('draining-own');
    const other = start('draining-other');
    const operation = openIncomingOperation(undefined, 'job', { tracing: other.tracing });

    await observability.drain();

    expect([observability, other].map((instance) => instance.stats().operationsInFlight)).toEqual([0, 1]);
    operation.end();
  });
});

function start(serviceName: string, shutdown: ShutdownOptions = { drainTimeoutMs: 20_000 }): Observability {
  const observability = createObservability({ serviceName, shutdown, store: postgresStore(database.url) });
  onTestFinished(() => observability.shutdown());
  return observability;
}
