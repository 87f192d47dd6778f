import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { assertMetric, createTestObservability, observabilityMatchers } from '@pg-observability/core/testing';
import { counter, withTracingContext } from '@pg-observability/core';
import { openOrderDesk } from '../order-desk.mjs';
import { countFile, processChanges } from '../process-state.mjs';

let recorder;
let desk;
let atFirst;

beforeAll(async () => {
  countFile();
  atFirst = await processChanges();
  expect.extend(observabilityMatchers);
  recorder = createTestObservability();
  desk = await openOrderDesk(recorder);
});
afterAll(async () => {
  await desk.close();
  await recorder.shutdown();
});

test('the process is as the first file has found it', () => {
  expect(atFirst).toEqual([]);
});

test('the workflow reached paid', async () => {
  const { workflowId } = await recorder.workflows.createWorkflow({ workflowType: 'order' });
  await expect(recorder).not.toHaveReachedPhase(workflowId, 'paid');

  await fetch(`${desk.url}/orders/${workflowId}/payment`, { method: 'POST' });

  await expect(recorder).toHaveReachedPhase(workflowId, 'paid');
  await expect(recorder).toHaveWorkflow(workflowId, { phase: 'paid', status: 'running' });
});

// jest has an Error of its own; what Node throws is no instance of it.
test('an error of Node itself is recorded as one', async () => {
  const refused = withTracingContext('ask nobody', () => fetch('http://127.0.0.1:1'));
  const aborted = withTracingContext('give up', () => fetch(desk.url, { signal: AbortSignal.abort() }));
  await Promise.allSettled([refused, aborted]);

  const spans = await recorder.spans({ name: /ask nobody|give up/ });

  const types = spans.map(({ status, events }) => [status, events[0]?.attributes['exception.type']]);
  expect(types).toEqual([
    ['ERROR', expect.stringMatching(/^(TypeError|UND_ERR.*)$/)],
    ['ERROR', expect.anything()],
  ]);
  expect(spans[0].statusMessage).toBe('fetch failed');
  expect(spans[1].statusMessage).toMatch(/aborted/);
});

test('a metric has its labels, and its sum', async () => {
  counter('orders.paid', 2, { channel: 'web' });

  await assertMetric(recorder, 'orders.paid', { value: 2, labels: { channel: 'web' } });
  await expect(recorder).not.toHaveMetric('orders.paid', { value: 3 });
});

test('nothing stays behind', async () => {
  const during = (await processChanges()).map(({ name }) => name);

  await desk.close();
  await recorder.shutdown();

  expect(during).toEqual(
    expect.arrayContaining(['defaultInstance', 'spansAreRecorded', 'channels', 'listeners', 'timers']),
  );
  expect(await processChanges()).toEqual([]);
});
