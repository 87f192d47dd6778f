import axios, { type AxiosError } from 'axios';
import https from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Agent, interceptors, ProxyAgent, request as undiciRequest, WebSocket } from 'undici';
import { startLoopback, startSubject } from './fixture.ts';
import type { Loopback, StoredSpan, Subject } from './fixture.ts';

let subject: Subject;
let server: Loopback;
let failuresLeft = 0;
beforeAll(async () => {
  subject = await startSubject();
  server = await startLoopback((request, response) => {
    if (failuresLeft > 0) {
      failuresLeft -= 1;
      response.writeHead(503).end('later');
    } else if (request.url === '/moved') {
      response.writeHead(302, { location: `http://localhost:${server.port}/there` }).end();
    } else {
      response.writeHead(request.url === '/missing' ? 404 : 200, { 'content-type': 'application/json' });
      response.end('{"ok":true}');
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

async function spansOf(traceId: string): Promise<StoredSpan[]> {
  return (await subject.clientSpans()).filter((each) => each.traceId === traceId);
}

function sentParents(): (string | undefined)[] {
  return server.seen.map(({ headers }) => (headers['traceparent'] as string | undefined)?.split('-')[2]);
}

it.each(['http', 'fetch'] as const)(
  'carries the trace through axios with its %s adapter',
  async (adapter) => {
    const { job, result } = await subject.inJob(async () => [
      await axios.post(`${server.url}/a`, { sku: 'lamp' }, { adapter }).then(({ data }) => data as unknown),
      await axios.get(`${server.url}/missing`, { adapter }).catch((error: unknown) => error),
    ]);

    await expect.poll(async () => (await spansOf(job.traceId)).length).toBe(2);
    const spans = await spansOf(job.traceId);
    expect({
      answers: [result[0], (result[1] as AxiosError).status],
      parents: sentParents(),
      spans: spans.map(({ name, status, attributes }) => [
        name,
        status,
        attributes['http.response.status_code'],
      ]),
    }).toEqual({
      answers: [{ ok: true }, 404],
      parents: spans.map((span) => span.spanId),
      spans: [
        ['POST', 'UNSET', 200],
        ['GET', 'ERROR', 404],
      ],
    });
  },
);

it('makes a span for each hop that axios is redirected over', async () => {
  const { job, result } = await subject.inJob(async () => axios.get<unknown>(`${server.url}/moved`));

  await expect.poll(async () => (await spansOf(job.traceId)).length).toBe(2);
  const spans = await spansOf(job.traceId);
  expect({
    data: result.data,
    parents: sentParents(),
    hosts: spans.map(({ attributes }) => attributes['server.address']),
  }).toEqual({
    data: { ok: true },
    parents: spans.map((span) => span.spanId),
    hosts: ['127.0.0.1', 'localhost'],
  });
});

it('carries the trace through the package undici, and makes a span for each of its retries', async () => {
  const dispatcher = new Agent().compose(interceptors.retry({ minTimeout: 1, maxRetries: 3 }));
  failuresLeft = 2;

  const { job, result } = await subject.inJob(async () => {
    const { statusCode, body } = await undiciRequest(`${server.url}/retried`, {
      dispatcher,
      headers: { 'x-mine': '1' },
    });
    return [statusCode, await body.json()];
  });
  await dispatcher.close();

  const spans = await spansOf(job.traceId);
  expect({
    result,
    parents: sentParents(),
    statuses: spans.map(({ attributes }) => attributes['http.response.status_code']),
    mine: server.seen.map(({ headers }) => headers['x-mine']),
  }).toEqual({
    result: [200, { ok: true }],
    parents: spans.map((span) => span.spanId),
    statuses: [503, 503, 200],
    mine: ['1', '1', '1'],
  });
});

it('says nothing to a proxy about a tunnel of undici, and carries the trace through it', async () => {
  const proxy = await startLoopback();
  proxy.server.on('connect', (_request, socket) => {
    const upstream = connect(server.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
  });
  const dispatcher = new ProxyAgent({ uri: proxy.url, proxyTunnel: true });

  const { job, result } = await subject.inJob(async () => {
    const { body } = await undiciRequest(`${server.url}/through`, { dispatcher });
    return body.json();
  });
  await dispatcher.close();
  await proxy.close();

  const spans = await spansOf(job.traceId);
  expect({ result, spans: spans.length, parents: sentParents(), proxy: proxy.seen }).toMatchObject({
    result: { ok: true },
    spans: 1,
    parents: [spans[0]?.spanId],
    proxy: [{ method: 'CONNECT', headers: { host: `127.0.0.1:${server.port}` } }],
  });
  expect(proxy.seen[0]?.headers).not.toHaveProperty('traceparent');
});

it('gives the handshake of a WebSocket the parent of its own, as nobody tells when it has ended', async () => {
  server.server.once('upgrade', (_request, socket) => socket.destroy());

  const { job } = await subject.inJob(async () => {
    const socket = new WebSocket(server.url.replace('http', 'ws'));
    await new Promise((resolve) => {
      socket.addEventListener('error', resolve, { once: true });
    });
  });

  expect({ spans: await spansOf(job.traceId), parents: sentParents() }).toEqual({
    spans: [],
    parents: [job.spanId],
  });
});

it('carries the trace over TLS', async () => {
  const shared = { ciphers: 'PSK', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
  const psk = Buffer.alloc(16, 7);
  const secure = await startLoopback(undefined, https.createServer({ ...shared, pskCallback: () => psk }));
  const client = {
    ...shared,
    pskCallback: () => ({ identity: 'me', psk }),
    checkServerIdentity: () => undefined,
  };

  const { job, result } = await subject.inJob(async () => {
    const request = https.get(`https://127.0.0.1:${secure.port}/tls`, { ...client, agent: false });
    const closed = new Promise((resolve) => {
      request.once('close', resolve);
    });
    const body = await new Promise<string>((resolve, reject) => {
      request.once('response', (response) => {
        text(response).then(resolve, reject);
      });
      request.once('error', reject);
    });
    await closed;
    return body;
  });
  await secure.close();

  const [span] = await spansOf(job.traceId);
  expect({ result, url: span?.attributes['url.full'], sent: secure.seen[0]?.headers['traceparent'] }).toEqual(
    {
      result: 'ok',
      url: `https://127.0.0.1:${secure.port}/tls`,
      sent: `00-${job.traceId}-${span?.spanId}-01`,
    },
  );
});
