import { context, trace } from '@opentelemetry/api';
import { afterEach, expect, it } from 'vitest';
import { defineWorkflow, withTracingContext } from '@pg-observability/core';
import { createTestObservability } from '@pg-observability/core/testing';
import type { TestObservability } from '@pg-observability/core/testing';

let test: TestObservability;
afterEach(() => test.shutdown());

const order = defineWorkflow({
  type: 'order',
  phases: { created: { to: ['paid'] }, paid: { to: ['shipped'] }, shipped: { status: 'completed' } },
});

async function eventsOf(work: () => Promise<unknown>): Promise<unknown[]> {
  await withTracingContext('work', work);
  const [span] = await test.spans({ name: 'work' });
  return (span?.events ?? []).map(({ name, attributes }) => [name, attributes]);
}

it('tells the active span of each creation and move, with where it came from', async () => {
  test = createTestObservability();
  const orders = test.observability.workflows.of(order);
  let workflowId = '';

  const events = await eventsOf(async () => {
    ({ workflowId } = await orders.create());
    await orders.transition(workflowId, 'paid', {}, { idempotencyKey: 'pay' });
    await orders.transitionAll([{ workflowId, phase: 'shipped' }]);
  });

  const same = { 'workflow.id': workflowId, 'workflow.type': 'order' };
  const move = (version: number, phase: string, status: string, previous?: string): unknown[] => [
    'workflow.transition',
    {
      ...same,
      'workflow.version': version,
      'workflow.phase': phase,
      'workflow.status': status,
      ...(previous === undefined ? {} : { 'workflow.previous_phase': previous }),
    },
  ];
  expect(events).toEqual([
    move(1, 'created', 'running'),
    move(2, 'paid', 'running', 'created'),
    move(3, 'shipped', 'completed', 'paid'),
  ]);
});

it('tells nothing of what did not move', async () => {
  test = createTestObservability();
  const orders = test.observability.workflows.of(order);
  const { workflowId } = await orders.create({ idempotencyKey: 'create' });
  await orders.transition(workflowId, 'paid', {}, { idempotencyKey: 'pay' });

  const events = await eventsOf(async () => {
    await orders.create({ idempotencyKey: 'create' });
    await orders.transition(workflowId, 'paid', {}, { idempotencyKey: 'pay' });
    await orders.transition(workflowId, 'created').catch(() => undefined);
    await orders.transitionAll([{ workflowId, phase: 'created' }]);
  });

  expect(events).toEqual([]);
});

it('makes the move also where the active span throws', async () => {
  test = createTestObservability();
  const orders = test.observability.workflows.of(order);
  const broken = Object.assign(
    trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }),
    {
      isRecording: () => true,
      addEvent: () => {
        throw new Error('no');
      },
    },
  );

  const state = await context.with(trace.setSpan(context.active(), broken), () => orders.create());

  expect(state).toMatchObject({ version: 1, traceId: 'a'.repeat(32) });
});
