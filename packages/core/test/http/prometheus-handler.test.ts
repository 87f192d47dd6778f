import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import {
  createHttpRows,
  createQuietLogger,
  parseDocument,
  sendHttp,
  startHttp,
  testDatabase,
} from '@pg-observability/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createObservability,
  createPrometheusHandler,
  MetricsCollector,
  type Observability,
  type PrometheusOptions,
  withTracingContext,
} from '../../src/index.ts';
import { postgresStore } from '../../src/node-postgres/index.ts';

const database = await testDatabase();
const OPENMETRICS = { accept: 'application/openmetrics-text;version=1.0.0' };

describe('createPrometheusHandler', () => {
  it('answers with text, and with OpenMetrics who asks for it', async () => {
    const { observability, url } = await open();
    observability.metrics.counter('orders.placed', 2, { channel: 'web' });

    const text = await sendHttp(url);
    const openMetrics = await sendHttp(url, { headers: OPENMETRICS });

    expect([text.status, text.headers['content-type'], text.headers['cache-control']]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      'no-store',
    ]);
    expect(parseDocument(text.body, 'text').get('orders_placed_total')?.samples[0]).toEqual({
      name: 'orders_placed_total',
      labels: { channel: 'web' },
      value: 2,
    });
    expect(openMetrics.headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    expect(parseDocument(openMetrics.body, 'openmetrics').get('orders_placed')?.samples).toHaveLength(1);
  });

  it('tells whose metrics these are, as the rows do', async () => {
    const { observability, url } = await open();

    const { body } = await sendHttp(url);

    expect(parseDocument(body, 'text').get('target_info')?.samples[0]?.labels).toMatchObject({
      service_name: observability.serviceName,
      service_instance_id: expect.stringMatching(/^[0-9a-f-]{36}$/u),
      deployment_environment_name: 'test',
      password: '[REDACTED]',
    });
  });

  it('goes on from scrape to scrape, over what is stored in between', async () => {
    const { observability, url } = await open();
    const { metrics } = observability;
    const readHistogram = async (): Promise<number[]> => {
      const { body } = await sendHttp(url, { headers: OPENMETRICS });
      return (parseDocument(body, 'openmetrics').get('wait_seconds')?.samples ?? []).map(
        ({ value }) => value,
      );
    };

    metrics.histogram('wait', 0.2, {}, { unit: 's' });
    const first = await readHistogram();
    await metrics.flush();
    metrics.histogram('wait', 7, {}, { unit: 's' });
    const second = await readHistogram();
    await metrics.flush();

    expect(await readHistogram()).toEqual(second);
    expect([first.at(-1), second.at(-1), second.at(-2)]).toEqual([1, 2, 7.2]);
    expect(second.every((value, at) => value >= (first[at] as number))).toBe(true);
  });

  it('shows the trace of an observation behind its bucket', async () => {
    const { observability, url } = await open();
    await observability.start();
    const traceId = await withTracingContext('checkout', {}, (context) => {
      observability.metrics.histogram('wait', 0.7, {}, { unit: 's' });
      return Promise.resolve(context.traceId);
    });

    const { body } = await sendHttp(url, { headers: OPENMETRICS });

    const samples = parseDocument(body, 'openmetrics').get('wait_seconds')?.samples ?? [];
    expect(samples.filter(({ exemplar }) => exemplar !== undefined)).toMatchObject([
      { labels: { le: '0.75' }, exemplar: { labels: { trace_id: traceId }, value: 0.7 } },
    ]);
  });

  it('answers HEAD without a body, and leaves other methods alone', async () => {
    const { url } = await open();

    const head = await sendHttp(url, { method: 'HEAD', headers: OPENMETRICS });
    const post = await sendHttp(url, { method: 'POST' });

    expect([head.status, head.body, head.headers['content-type'], post.status]).toEqual([
      200,
      '',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
      404,
    ]);
  });

  it('answers at its path alone, where it has one, and hands the rest on', async () => {
    const { observability } = await open();
    const handler = createPrometheusHandler(observability.metrics, { path: '/metrics' });
    const alone = await listen(handler);
    const before = await listen((request, response) => {
      handler(request, response, () => response.writeHead(204).end());
    });

    const statuses = await Promise.all(
      [
        `${alone}/metrics`,
        `${alone}/metrics/?x=1`,
        `${alone}/`,
        `${alone}/metrics/more`,
        `${before}/other`,
      ].map(async (url) => (await sendHttp(url)).status),
    );

    expect(statuses).toEqual([200, 200, 404, 404, 204]);
  });

  it('compresses what is large, for who accepts that', async () => {
    const { observability, url } = await open();
    const small = await sendHttp(url, { headers: { 'accept-encoding': 'gzip' } });
    for (let at = 0; at < 2_000; at += 1) {
      observability.metrics.histogram('wait', at, { queue: String(at) });
    }

    const plain = await sendHttp(url);
    const { headers, bytes } = await readBytes(url, { 'accept-encoding': 'br, gzip;q=0.9' });

    expect(small.headers['content-encoding']).toBeUndefined();
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(headers['content-encoding']).toBe('gzip');
    expect(bytes.length * 5).toBeLessThan(plain.body.length);
    expect(gunzipSync(bytes).toString()).toBe(plain.body);
  });

  it('lets the event loop turn while it makes a large document', async () => {
    const { observability, url } = await open({}, { maxSeriesPerMetric: 50_000 });
    for (let at = 0; at < 50_000; at += 1) {
      observability.metrics.counter('hits', 1, { id: at });
    }
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);

    const { body } = await sendHttp(url);
    clearInterval(timer);

    expect(body.split('\nhits_total{')).toHaveLength(50_001);
    expect(turns).toBeGreaterThan(10);
  });

  it('ends where the scraper goes away in the middle, and answers the next one', async () => {
    const { observability, url } = await open({}, { maxSeriesPerMetric: 50_000 });
    for (let at = 0; at < 3_000; at += 1) {
      observability.metrics.histogram('wait', 1, { id: at });
    }

    const request = startHttp(url);
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.destroy();

    expect(parseDocument((await sendHttp(url)).body, 'text').get('wait')?.samples).toHaveLength(3_000 * 18);
  });

  it('wants its secret, and says nothing else to who has none', async () => {
    const { url } = await open({ secret: 'scrape-me/+=' });
    const send = (authorization?: string): ReturnType<typeof sendHttp> =>
      sendHttp(url, authorization === undefined ? {} : { headers: { authorization } });

    const [right, lower, none, wrong, basic, longer, twice] = await Promise.all([
      send('Bearer scrape-me/+='),
      send('bearer  scrape-me/+= '),
      send(),
      send('Bearer scrape-me/+'),
      send('Basic scrape-me/+='),
      send(`Bearer ${'x'.repeat(8_000)}`),
      send('Bearer scrape-me/+= scrape-me/+='),
    ]);

    expect([right.status, lower.status]).toEqual([200, 200]);
    expect([none, wrong, basic, longer, twice].map(({ status, body }) => [status, body])).toEqual(
      Array.from({ length: 5 }, () => [401, '']),
    );
    expect([none.headers['www-authenticate'], none.headers['cache-control']]).toEqual(['Bearer', 'no-store']);
  });

  it('leaves its own requests out of spans and metrics', async () => {
    const { observability } = await open();
    const handler = createPrometheusHandler(observability.metrics, { secret: 'x' });
    const url = await listen((request, response) => {
      observability.http.handle(request, response, { originalUrl: '/metrics', route: () => '/metrics' }, () =>
        handler(request, response),
      );
    });

    const refused = await sendHttp(url);
    const answered = await sendHttp(url, { headers: { authorization: 'Bearer x' } });

    const rows = createHttpRows(observability);
    expect([refused.status, answered.status]).toEqual([401, 200]);
    expect(answered.body).not.toContain('http_server_request_duration');
    expect([await rows.spans(), await rows.requests()]).toEqual([[], []]);
  });

  it('shows only metrics of one type under one name, and says so once', async () => {
    const { observability, url, lines } = await open();
    observability.metrics.counter('jobs', 1);
    observability.metrics.gauge('jobs', 5);

    const bodies = [await sendHttp(url), await sendHttp(url, { headers: OPENMETRICS })].map(
      ({ body }) => body,
    );

    expect(parseDocument(bodies[0] as string, 'text').has('jobs')).toBe(false);
    expect(parseDocument(bodies[1] as string, 'openmetrics').get('jobs')?.type).toBe('counter');
    expect(lines().filter((line) => line.includes('"jobs" is not shown to Prometheus'))).toHaveLength(1);
  });

  it('answers after the shutdown with what was recorded before it', async () => {
    const { observability, url } = await open();
    observability.metrics.counter('hits', 3);
    await observability.shutdown();

    expect((await sendHttp(url)).body).toContain('\nhits_total 3\n');
  });

  it('takes a collector of its own, which knows at most the name of the service', async () => {
    const metrics = new MetricsCollector(postgresStore(database.url), { logger: createQuietLogger() });
    onTestFinished(() => metrics.shutdown());
    const url = await listen(createPrometheusHandler(metrics));
    metrics.gauge('level', 4);

    const families = parseDocument((await sendHttp(url)).body, 'text');

    expect([...families.keys()]).toEqual(['level', 'pg_observability_prometheus_clashes']);
  });
});

describe('wrong use of createPrometheusHandler', () => {
  const metrics = new MetricsCollector(postgresStore(database.url), { logger: createQuietLogger() });

  it.each([[undefined], [null], [5], ['metrics'], [{}], [[]]])('refuses %j as metrics', (wrong) => {
    expect(() => createPrometheusHandler(wrong as unknown as MetricsCollector)).toThrow(
      expect.objectContaining({ name: 'ObservabilityError', code: 'INVALID_ARGUMENT' }),
    );
  });

  it.each([
    [null],
    ['/metrics'],
    [[]],
    [{ path: 'metrics' }],
    [{ path: '/me trics' }],
    [{ path: 5 }],
    [{ secret: '' }],
    [{ secret: 'two words' }],
    [{ secret: 'ü' }],
    [{ secret: 'x'.repeat(10_000_000) }],
    [{ secret: 7n }],
    [{ buckets: [] }],
    [{ buckets: 'seconds' }],
    [{ buckets: { wait: [] } }],
    [{ buckets: { wait: [1, 1] } }],
    [{ buckets: { wait: [2, 1] } }],
    [{ buckets: { wait: [0, -0] } }],
    [{ buckets: { wait: [1, Number.POSITIVE_INFINITY] } }],
    [{ buckets: { wait: [Number.NaN] } }],
    [{ buckets: { wait: [1n] } }],
    [{ buckets: { wait: ['1'] } }],
    // eslint-disable-next-line no-sparse-arrays
    [{ buckets: { wait: [1, , 3] } }],
    [{ buckets: { wait: Array.from({ length: 201 }, (_, at) => at) } }],
    [{ buckets: { wait: null } }],
    [{ buckets: JSON.parse('{ "__proto__": 5 }') as unknown }],
  ])('refuses the options %#', (options) => {
    expect(() => createPrometheusHandler(metrics, options as unknown as PrometheusOptions)).toThrow(
      expect.objectContaining({ name: 'ObservabilityError', code: 'INVALID_OPTION' }),
    );
  });

  it('does not repeat a secret', () => {
    expect(() => createPrometheusHandler(metrics, { secret: 'my secret' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('my secret') as string }),
    );
  });

  it('takes bounds for any name', async () => {
    const buckets = JSON.parse('{ "__proto__": [-1, 0.5], "constructor": [1] }') as Record<string, number[]>;
    const { observability, url } = await open({ buckets });
    observability.metrics.histogram('__proto__', 0.25);

    const families = parseDocument((await sendHttp(url)).body, 'text');

    expect(families.get('_proto_')?.samples.map(({ labels }) => labels['le'])).toEqual([
      '-1',
      '0.5',
      '+Inf',
      undefined,
      undefined,
    ]);
  });
});

interface OpenedHandler {
  observability: Observability;
  url: string;
  lines(): readonly string[];
}

async function open(
  options: PrometheusOptions = {},
  metrics: { maxSeriesPerMetric?: number } = {},
): Promise<OpenedHandler> {
  const lines: string[] = [];
  const note = (line: string): number => lines.push(line);
  const observability = createObservability({
    serviceName: `shop-${randomUUID()}`,
    resourceAttributes: { 'deployment.environment.name': 'test', password: 'hunter2' },
    store: postgresStore(database.url),
    logger: { info: note, warn: note, error: note },
    metrics: { flushIntervalMs: 3_600_000, ...metrics },
    ingest: { metrics: false },
  });
  onTestFinished(() => observability.shutdown());
  const url = await listen(createPrometheusHandler(observability.metrics, options));
  return { observability, url, lines: () => lines };
}

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function readBytes(
  url: string,
  headers: Record<string, string>,
): Promise<{ headers: IncomingMessage['headers']; bytes: Buffer }> {
  const request = startHttp(url, { headers });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { headers: response.headers, bytes: await buffer(response) };
}
