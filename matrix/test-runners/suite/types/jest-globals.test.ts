// A TypeScript project that imports what it uses, as `injectGlobals: false` wants it.
import '@pg-observability/core/testing/jest';
import { afterAll, expect, test } from '@jest/globals';
import { createTestObservability, observabilityMatchers } from '@pg-observability/core/testing';

expect.extend(observabilityMatchers);
const recorder = createTestObservability({ serviceName: 'shop' });
afterAll(() => recorder.shutdown());

test('every matcher', async () => {
  const answers: Promise<void>[] = [
    expect(recorder).toHaveMadeAtMostQueries(3),
    expect(recorder).toHaveSpan('GET /orders/:id', { 'http.response.status_code': 500 }),
    expect(recorder).toHaveSpan({ name: /orders/, kind: 'SERVER', status: 'ERROR' }),
    expect(recorder).toHaveMetric('orders.paid', { value: 2, labels: { channel: 'web' } }),
    expect(recorder).toHaveWorkflow('id', { phase: 'paid' }),
    expect(recorder).not.toHaveReachedPhase('id', 'paid'),
  ];
  await Promise.all(answers);
});

test('wrong calls do not compile', () => {
  const wrong = [
    // @ts-expect-error a count is a number
    () => expect(recorder).toHaveMadeAtMostQueries('3'),
    // @ts-expect-error there is no such kind of span
    () => expect(recorder).toHaveSpan({ kind: 'HTTP' }),
    // @ts-expect-error a phase is needed
    () => expect(recorder).toHaveReachedPhase('id'),
    // @ts-expect-error there is no such expectation
    () => expect(recorder).toHaveMetric('orders.paid', { total: 2 }),
    // @ts-expect-error there is no such matcher
    () => expect(recorder).toHaveSpans('GET /orders/:id'),
  ];
  expect(wrong).toHaveLength(5);
});
