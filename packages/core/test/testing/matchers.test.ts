import '@pg-observability/core/testing/vitest';
import { counter, getTracer, withTracingContext } from '@pg-observability/core';
import { createTestObservability, observabilityMatchers } from '@pg-observability/core/testing';
import type { TestObservability } from '@pg-observability/core/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

let test: TestObservability;

beforeAll(() => {
  expect.extend(observabilityMatchers);
  test = createTestObservability({ serviceName: 'shop' });
});
afterEach(() => test.reset());
afterAll(() => test.shutdown());

it('match a span by its name, a pattern or a filter, and by attributes', async () => {
  await withTracingContext('GET /orders/:id', { 'http.response.status_code': 500 }, () => undefined);

  await expect(test).toHaveSpan('GET /orders/:id');
  await expect(test).toHaveSpan(/orders/, { 'http.response.status_code': 500 });
  await expect(test).toHaveSpan({ name: 'GET /orders/:id', kind: 'INTERNAL' });
  await expect(test).not.toHaveSpan('GET /orders/:id', { 'http.response.status_code': 200 });
});

it('match a metric by its sum, its observations and its labels', async () => {
  counter('orders.placed', 2, { channel: 'web' });

  await expect(test).toHaveMetric('orders.placed', { value: 2, sampleCount: 1, labels: { channel: 'web' } });
  await expect(test).not.toHaveMetric('orders.placed', { value: 3 });
  await expect(test).not.toHaveMetric('orders.lost');
});

it('match where a workflow stands and where it has been', async () => {
  const { workflowId } = await test.workflows.createWorkflow({ workflowType: 'order' });
  await test.workflows.transition(workflowId, 'paid', 'running');
  await test.workflows.transition(workflowId, 'shipped', 'completed');

  await expect(test).toHaveWorkflow(workflowId, { phase: 'shipped', status: 'completed' });
  await expect(test).toHaveReachedPhase(workflowId, 'paid');
  await expect(test).not.toHaveReachedPhase(workflowId, 'returned');
});

it('count queries since the last reset', async () => {
  for (const text of ['select 1', 'select 2']) {
    const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text };
    getTracer().startSpan('SELECT', { kind: 2, attributes }).end();
  }

  await expect(test).toHaveMadeAtMostQueries(2);
  await expect(test).not.toHaveMadeAtMostQueries(1);
});

it('say what was recorded where they fail', async () => {
  await withTracingContext('GET /orders/:id', () => undefined);

  const spanMissing = expect(test).toHaveSpan('POST /orders');
  const spanThere = expect(test).not.toHaveSpan('GET /orders/:id');

  await expect(spanMissing).rejects.toThrow(/GET \/orders\/:id \(INTERNAL, UNSET\)/);
  await expect(spanThere).rejects.toThrow(/1 span matches/);
});

it('refuse what is no recorder', async () => {
  await expect(expect({}).toHaveSpan('x')).rejects.toThrow(TypeError);
});

it('are typed', () => {
  // @ts-expect-error a phase is text
  const wrongPhase = () => expect(test).toHaveReachedPhase('id', 7);
  // @ts-expect-error there is no such kind of span
  const wrongKind = () => expect(test).toHaveSpan({ kind: 'HTTP' });

  expect([wrongPhase, wrongKind]).toHaveLength(2);
});
