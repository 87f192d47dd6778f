import http, { get as namedGet, request as namedRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders, RequestOptions } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { untraced } from '@pg-observability/core';
import { publishesCreated } from '../../src/outgoing/http-hooks.ts';
import { startLoopback, startSubject } from './fixture.ts';
import type { Loopback, StoredSpan, Subject } from './fixture.ts';

const original = { request: http.request, get: http.get, secureRequest: https.request, secureGet: https.get };
let subject: Subject;
let server: Loopback;
beforeAll(async () => {
  subject = await startSubject();
  server = await startLoopback((request, response) => {
    switch (request.url) {
      case '/missing':
        response.writeHead(404).end('no');
        break;
      case '/cut':
        response.writeHead(200, { 'content-length': 100 });
        response.write('half');
        response.socket?.destroySoon();
        break;
      case '/silent':
        break;
      case '/large':
        response.end(Buffer.alloc(2_000_000, 'x'));
        break;
      default:
        request.pipe(response);
    }
  });
});
afterAll(async () => {
  await subject.close();
  await server.close();
});
afterEach(() => {
  server.seen.length = 0;
});

/** What came of a request: the answer and its text, or the error. */
async function settle(
  request: ClientRequest,
): Promise<{ status?: number | undefined; body?: string; code?: string }> {
  const closed = new Promise((resolve) => {
    request.once('close', resolve);
  });
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', reject);
    });
    return { status: response.statusCode, body: await text(response) };
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? (error as Error).name };
  } finally {
    await closed;
  }
}

/** Spans of one job. */
async function spansOf(traceId: string): Promise<StoredSpan[]> {
  return (await subject.clientSpans()).filter((each) => each.traceId === traceId);
}

/** How many calls were counted until now. */
async function countCalls(): Promise<number> {
  return (await subject.counted()).reduce((sum, { count }) => sum + count, 0);
}

it.each<[string, (url: string, options: RequestOptions) => ClientRequest]>([
  ['http.request(url, options)', (url, options) => http.request(url, options)],
  ['http.request(URL, options)', (url, options) => http.request(new URL(url), options)],
  ['http.request(options)', (url, options) => http.request({ ...splitUrl(url), ...options })],
  ['http.get(url, options)', (url, options) => http.get(url, options)],
  ['http.get(options)', (url, options) => http.get({ ...splitUrl(url), ...options })],
  ['request of an import', (url, options) => namedRequest(url, options)],
  ['get of an import', (url, options) => namedGet(url, options)],
])('makes a span of %s and sends the headers', async (_, send) => {
  const { job, result } = await subject.inJob(async () => {
    const request = send(`${server.url}/a?token=secret`, { headers: { 'X-Mine': 'kept' } });
    request.end();
    return settle(request);
  });

  const [span, ...others] = await spansOf(job.traceId);
  expect(span).toMatchObject({
    name: 'GET',
    status: 'UNSET',
    parentSpanId: job.spanId,
    attributes: {
      'http.request.method': 'GET',
      'server.address': '127.0.0.1',
      'server.port': server.port,
      'url.full': `${server.url}/a?token=[REDACTED]`,
      'http.response.status_code': 200,
      'network.protocol.version': '1.1',
    },
  });
  expect({ result, others, seen: server.seen.map(({ headers }) => headers) }).toMatchObject({
    result: { status: 200, body: '' },
    others: [],
    seen: [
      {
        'x-mine': 'kept',
        traceparent: `00-${job.traceId}-${span?.spanId}-01`,
        'x-correlation-id': job.traceId,
      },
    ],
  });
});

function splitUrl(url: string): RequestOptions {
  const { hostname, port, pathname, search } = new URL(url);
  return { hostname, port, path: pathname + search };
}

// Lists, and a head that is sent before the body is asked for, are written down before Node tells of the request.
it.each<[string, unknown]>([
  ['a flat list', ['Host', 'localhost', 'X-A', '1', 'X-A', '2']],
  [
    'a list of pairs',
    [
      ['Host', 'localhost'],
      ['X-A', '1'],
      ['X-A', '2'],
    ],
  ],
  ['an object with lists', { 'X-A': ['1', '2'] }],
  ['an object that expects 100-continue', { Expect: '100-continue', 'X-A': ['1', '2'] }],
])('keeps headers given as %s, adds ours, makes one span and counts one call', async (_, headers) => {
  const options = { headers: headers as OutgoingHttpHeaders };
  const countedBefore = await countCalls();

  const { job } = await subject.inJob(async () => settle(http.get(server.url, options)));

  const [span, ...others] = await spansOf(job.traceId);
  const raw = server.seen[0]?.raw ?? [];
  const valuesOf = (wanted: string): unknown[] => raw.filter((_value, index) => raw[index - 1] === wanted);
  expect({
    kept: valuesOf('X-A'),
    traceparent: valuesOf('traceparent'),
    correlationId: valuesOf('x-correlation-id'),
    others,
    counted: (await countCalls()) - countedBefore,
  }).toEqual({
    kept: ['1', '2'],
    traceparent: [`00-${job.traceId}-${span?.spanId}-01`],
    correlationId: [job.traceId],
    others: [],
    counted: 1,
  });
});

it.each([
  ['20.20.2', false],
  ['22.11.0', false],
  ['22.12.0', true],
  ['23.1.0', false],
  ['23.2.0', true],
  ['24.0.0', true],
  ['26.10.0', true],
])('knows whether Node %s tells of requests before they are sent: %s', (version, expected) => {
  expect(publishesCreated(version)).toBe(expected);
});

it('leaves the options of the caller as they were', async () => {
  const headers = Object.freeze({ 'x-mine': '1' });
  const options = Object.freeze({ headers });

  await subject.inJob(async () => settle(http.get(server.url, options)));

  expect({ options, sent: server.seen[0]?.headers['traceparent'] !== undefined }).toEqual({
    options: { headers: { 'x-mine': '1' } },
    sent: true,
  });
});

it('leaves calls alone that are untraced or carry a traceparent of the caller', async () => {
  const mine = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;

  const { job } = await subject.inJob(async () => {
    await untraced(async () => settle(http.get(server.url)));
    await settle(http.get(server.url, { headers: { TraceParent: mine } }));
    await settle(http.get(server.url, { headers: ['Host', 'localhost', 'traceparent', mine] as never }));
  });

  expect({
    spans: await spansOf(job.traceId),
    seen: server.seen.map(({ headers }) => [headers['traceparent'], headers['x-correlation-id']]),
  }).toEqual({
    spans: [],
    seen: [
      [undefined, undefined],
      [mine, undefined],
      [mine, undefined],
    ],
  });
});

it('streams a body both ways', async () => {
  const sent = 'y'.repeat(300_000);

  const { job, result } = await subject.inJob(async () => {
    const request = http.request(`${server.url}/echo`, { method: 'POST' });
    request.write(sent.slice(0, 100_000));
    request.end(sent.slice(100_000));
    return settle(request);
  });

  expect({ isSame: result.body === sent, spans: await spansOf(job.traceId) }).toMatchObject({
    isSame: true,
    spans: [{ name: 'POST', attributes: { 'http.response.status_code': 200 } }],
  });
});

it('lets Node drain an answer nobody listens for, and ends the span', async () => {
  const { job } = await subject.inJob(async () => {
    const request = http.get(`${server.url}/large`);
    await new Promise((resolve) => {
      request.once('close', resolve);
    });
  });

  expect(await spansOf(job.traceId)).toMatchObject([
    { status: 'UNSET', attributes: { 'http.response.status_code': 200 } },
  ]);
});

it('names what failed in the span, and shows the caller the same error', async () => {
  const gone = await startLoopback();
  await gone.close();

  const { job, result } = await subject.inJob(async () => [
    await settle(http.get(`${server.url}/missing`)),
    await settle(http.get(gone.url)),
    await settle(http.get(`${server.url}/cut`)),
    await settle(http.get(`${server.url}/silent`, { signal: AbortSignal.timeout(50) })),
    await settle(destroyLater(http.get(`${server.url}/silent`))),
  ]);

  const spans = await spansOf(job.traceId);
  expect({
    result,
    spans: spans.map(({ status, attributes }) => [status, attributes['error.type']]),
  }).toEqual({
    result: [
      { status: 404, body: 'no' },
      { code: 'ECONNREFUSED' },
      { code: 'ECONNRESET' },
      { code: 'ABORT_ERR' },
      { code: 'ECONNRESET' },
    ],
    spans: [
      ['ERROR', '404'],
      ['ERROR', 'ECONNREFUSED'],
      ['ERROR', 'ECONNRESET'],
      ['ERROR', 'ABORT_ERR'],
      ['ERROR', 'ECONNRESET'],
    ],
  });
});

function destroyLater(request: ClientRequest): ClientRequest {
  request.once('finish', () => request.destroy());
  return request;
}

it('throws what Node throws at wrong arguments, and adds no listener for errors', async () => {
  const { job, result } = await subject.inJob(async () => {
    const request = http.get(server.url);
    const listeners = ['error', 'response', 'upgrade', 'connect'].map((name) => request.listenerCount(name));
    await settle(request);
    return listeners;
  });

  expect(result).toEqual([0, 0, 0, 0]);
  expect(() => http.get('no url')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_URL' }));
  expect(() => http.get({ protocol: 'ftp:' })).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_PROTOCOL' }),
  );
  expect(await spansOf(job.traceId)).toHaveLength(1);
});

it('reuses a connection that is kept alive', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

  const { job, result } = await subject.inJob(async () => {
    const first = http.get(server.url, { agent });
    await settle(first);
    const second = http.get(server.url, { agent });
    await settle(second);
    return [first.reusedSocket, second.reusedSocket];
  });
  agent.destroy();

  expect({ result, spans: (await spansOf(job.traceId)).length }).toEqual({ result: [false, true], spans: 2 });
});

it('changes the protocol, and ends the span with 101', async () => {
  const upgrading = await startLoopback();
  upgrading.server.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\nhello');
  });

  const { job, result } = await subject.inJob(async () => {
    const request = http.get(upgrading.url, { headers: { connection: 'upgrade', upgrade: 'echo' } });
    const [socket, head] = await new Promise<[NodeJS.ReadableStream, Buffer]>((resolve) => {
      request.once('upgrade', (_response, connected, first) => resolve([connected, first]));
    });
    return head.toString() + (await text(socket as never));
  });
  await upgrading.close();

  expect({ result, spans: await spansOf(job.traceId), seen: upgrading.seen[0]?.headers }).toMatchObject({
    result: 'hello',
    spans: [{ status: 'UNSET', attributes: { 'http.response.status_code': 101 } }],
    seen: { traceparent: expect.any(String), upgrade: 'echo' },
  });
});

it('says nothing to a proxy about its tunnel, and names the target of a call through one without', async () => {
  const proxy = await startLoopback();
  proxy.server.on('connect', (_request, socket) => {
    socket.end('HTTP/1.1 200 Connection established\r\n\r\n');
  });

  const { job } = await subject.inJob(async () => {
    const tunnel = http
      .request({ port: proxy.port, host: '127.0.0.1', method: 'CONNECT', path: 'example.com:443' })
      .end();
    await new Promise((resolve) => {
      tunnel.once('connect', (_response, socket) => {
        socket.destroy();
        resolve(undefined);
      });
    });
    await settle(http.get({ port: proxy.port, host: '127.0.0.1', path: 'http://example.com/a' }));
  });
  await proxy.close();

  expect({
    spans: await spansOf(job.traceId),
    seen: proxy.seen.map(({ method, headers }) => [method, headers['traceparent']]),
  }).toMatchObject({
    // The proxy is on loopback, what is called through it is not.
    spans: [{ attributes: { 'server.address': 'example.com', 'url.full': 'http://example.com/a' } }],
    seen: [
      ['CONNECT', undefined],
      ['GET', undefined],
    ],
  });
});

it('keeps the wrapper of somebody else working, whoever came first, and makes one span', async () => {
  const calls: string[] = [];
  const first = http.request;
  http.request = function request(this: unknown, ...args: unknown[]) {
    calls.push('theirs');
    return Reflect.apply(first, this, args) as ClientRequest;
  };

  const { job } = await subject.inJob(async () => {
    const request = http.request(server.url);
    request.end();
    return settle(request);
  });
  http.request = first;

  expect({ calls, spans: (await spansOf(job.traceId)).length, sent: server.seen.length }).toEqual({
    calls: ['theirs'],
    spans: 1,
    sent: 1,
  });
});

it('looks like what it stands for, and goes away with the last instance', async () => {
  const second = await startSubject();
  const during = { request: http.request, get: http.get, named: namedRequest };
  await second.close();
  const afterOne = http.request;

  await subject.observability.shutdown();

  expect(during.request.name + during.request.length + during.get.name + during.get.length).toBe(
    'request3get3',
  );
  expect(afterOne).toBe(during.request);
  expect({
    request: http.request,
    get: http.get,
    secureRequest: https.request,
    secureGet: https.get,
    named: namedRequest,
  }).toEqual({ ...original, named: original.request });
});
