import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { MetricsCollector } from '@pg-observability/core';
import type { ObservabilityOptions } from '@pg-observability/core';
import { memoryStore } from '@pg-observability/core/testing';
import { CallDurations } from '../../src/outgoing/call-durations.ts';
import type { CallLabels } from '../../src/outgoing/call-durations.ts';
import { startLoopback, startSubject } from './fixture.ts';
import type { Loopback, Subject } from './fixture.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) {
    await cleanUp();
  }
});

async function open(
  options: Partial<ObservabilityOptions> = {},
): Promise<{ subject: Subject; server: Loopback }> {
  const subject = await startSubject(options);
  const server = await startLoopback((request, response) => {
    response.writeHead(request.url === '/later' ? 503 : 200).end('{}');
  });
  cleanUps.push(
    () => subject.close(),
    () => server.close(),
  );
  return { subject, server };
}

async function getBody(url: string): Promise<void> {
  const [response] = (await once(get(url), 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'close');
}

it('has the labels of the convention: of an answer, of a failure, and of no answer at all', async () => {
  const { subject, server } = await open();
  const closed = await startLoopback();
  await closed.close();
  await subject.inJob(async () => {
    await getBody(`${server.url}/`);
    await getBody(`${server.url}/later`);
    await (await fetch(server.url, { method: 'PURGE' })).text();
    await fetch(closed.url).catch(() => undefined);
  });

  const counted = await subject.counted();

  const of = (method: string, port: number): Record<string, string> => ({
    'http.request.method': method,
    'server.address': '127.0.0.1',
    'server.port': String(port),
  });
  expect(counted).toHaveLength(4);
  expect(counted).toEqual(
    expect.arrayContaining([
      {
        labels: {
          ...of('GET', server.port),
          'http.response.status_code': '200',
        },
        count: 1,
      },
      {
        labels: {
          ...of('GET', server.port),
          'http.response.status_code': '503',
          'error.type': '503',
        },
        count: 1,
      },
      { labels: { ...of('_OTHER', server.port), 'http.response.status_code': '200' }, count: 1 },
      { labels: { ...of('GET', closed.port), 'error.type': 'ECONNREFUSED' }, count: 1 },
    ]),
  );
});

async function exemplarSpans({ observability }: Subject): Promise<unknown[]> {
  await observability.flush();
  const { rows } = await observability.store.query(
    `select e ->> 'span_id' as id from observability.metrics, jsonb_array_elements(exemplars) as e
     where metric_name = 'http.client.request.duration'`,
  );
  return rows.map(({ id }) => id);
}

it('has the span of the call as its example, not the one around it', async () => {
  const { subject, server } = await open();
  await subject.inJob(() => getBody(`${server.url}/later`));
  const spans = await subject.clientSpans();

  expect(await exemplarSpans(subject)).toEqual(spans.map(({ spanId }) => spanId));
  expect(spans).toHaveLength(1);
});

it('counts calls whose trace is not sampled, without an example', async () => {
  const { subject, server } = await open({ spans: { sampling: 0 } });
  await subject.inJob(() => getBody(`${server.url}/later`));

  const counted = await subject.counted();

  expect(counted.map(({ count }) => count)).toEqual([1]);
  expect(await exemplarSpans(subject)).toEqual([]);
});

const LABELS: CallLabels = {
  method: 'GET',
  address: 'shop.example',
  port: 80,
  status: 200,
  failure: undefined,
};

function openMetrics(): MetricsCollector {
  const metrics = new MetricsCollector(memoryStore(), { flushIntervalMs: 3_600_000 });
  cleanUps.push(() => metrics.shutdown());
  return metrics;
}

it('stays bounded where any host is called, and counts all of them', () => {
  const metrics = openMetrics();
  const durations = new CallDurations(metrics);
  for (let host = 0; host < 12_000; host += 1) {
    durations.record({ ...LABELS, address: `${host}.example` }, 0.1, undefined);
  }

  const all = metrics.snapshot();

  expect(all.length).toBe(2_001);
  expect(all.reduce((sum, { sampleCount }) => sum + sampleCount, 0)).toBe(12_000);
});

it('never throws into a call, also when there are too many metrics', () => {
  const metrics = openMetrics();
  for (let name = 0; name < 2_000; name += 1) {
    metrics.counter(`metric.${name}`);
  }

  new CallDurations(metrics).record(LABELS, 0.1, undefined);

  expect(metrics.stats().dropped).toEqual({ too_many_metrics: 1 });
});
