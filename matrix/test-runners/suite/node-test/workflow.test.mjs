import { counter } from '@pg-observability/core';
import {
  assertMetric,
  assertReachedPhase,
  assertWorkflow,
  createTestObservability,
} from '@pg-observability/core/testing';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openOrderDesk } from '../order-desk.mjs';
import { countFile, processChanges } from '../process-state.mjs';

describe('the workflow of an order', () => {
  let recorder;
  let desk;
  let atFirst;

  before(async () => {
    countFile();
    atFirst = await processChanges();
    recorder = createTestObservability();
    desk = await openOrderDesk(recorder);
  });
  after(async () => {
    await desk.close();
    await recorder.shutdown();
  });

  test('the process is as the first file has found it', () => {
    assert.deepEqual(atFirst, []);
  });

  test('the workflow reached paid', async () => {
    const { workflowId } = await recorder.workflows.createWorkflow({ workflowType: 'order' });
    await assert.rejects(assertReachedPhase(recorder, workflowId, 'paid'), assert.AssertionError);

    await fetch(`${desk.url}/orders/${workflowId}/payment`, { method: 'POST' });

    await assertReachedPhase(recorder, workflowId, 'paid');
    await assertWorkflow(recorder, workflowId, { phase: 'paid', status: 'running' });
  });

  test('a metric has its labels, and its sum', async () => {
    counter('orders.paid', 2, { channel: 'web' });

    await assertMetric(recorder, 'orders.paid', { value: 2, labels: { channel: 'web' } });
    await assert.rejects(assertMetric(recorder, 'orders.paid', { value: 3 }), assert.AssertionError);
  });

  test('nothing stays behind', async () => {
    const during = (await processChanges()).map(({ name }) => name);

    await desk.close();
    await recorder.shutdown();

    const expected = ['defaultInstance', 'spansAreRecorded', 'channels', 'listeners', 'timers'];
    assert.deepEqual(
      expected.filter((name) => !during.includes(name)),
      [],
    );
    assert.deepEqual(await processChanges(), []);
  });
});
