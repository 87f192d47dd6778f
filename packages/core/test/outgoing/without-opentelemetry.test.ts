import http from 'node:http';
import { afterAll, expect, it, vi } from 'vitest';
import { continueTrace } from '@pg-observability/core';
import { startLoopback, startSubject } from './fixture.ts';

// As where the packages are not installed.
vi.mock('../../src/tracing/optional-opentelemetry.ts', () => ({
  loadApi: () => undefined,
  loadSdk: () => undefined,
}));

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
});

it('carries the trace and the ids on, and counts the calls', async () => {
  const subject = await startSubject();
  const server = await startLoopback();
  closing.push(
    () => subject.close(),
    () => server.close(),
  );
  const incoming = {
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    tracestate: 'vendor=1',
    'x-correlation-id': 'order-7',
  };

  const jobSpanId = await continueTrace(incoming, 'job', async (job) => {
    await (await fetch(server.url)).text();
    await new Promise((resolve) => {
      http.get(server.url).once('close', resolve);
    });
    return job.spanId;
  });

  const parents = server.seen.map(({ headers }) => String(headers['traceparent']).split('-'));
  expect({
    traces: parents.map(([, traceId, , flags]) => [traceId, flags]),
    spanIds: new Set([jobSpanId, 'b'.repeat(16), ...parents.map(([, , spanId]) => spanId)]).size,
    rest: server.seen.map(({ headers }) => [headers['tracestate'], headers['x-correlation-id']]),
    counted: (await subject.counted()).map(({ count }) => count),
  }).toEqual({
    traces: [
      ['a'.repeat(32), '01'],
      ['a'.repeat(32), '01'],
    ],
    spanIds: 4,
    rest: [
      ['vendor=1', 'order-7'],
      ['vendor=1', 'order-7'],
    ],
    counted: [2],
  });
});
