import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { continueTrace, isUntraced, propagationHeaders, untraced } from '@pg-observability/core';
import { startLoopback, startSubject } from './fixture.ts';
import type { Loopback, Subject } from './fixture.ts';

let subject: Subject;
let server: Loopback;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  subject = await startSubject();
  server = await startLoopback((request, response) => {
    const [, status = '200', kind] = (request.url ?? '').split('/');
    if (kind === 'cut') {
      response.writeHead(Number(status), { 'content-length': 100 });
      response.write('half');
      response.socket?.destroySoon();
    } else if (kind === 'elsewhere') {
      response.writeHead(302, { location: `http://localhost:${server.port}/200/there` }).end();
    } else if (kind !== 'silent') {
      response.writeHead(Number(status || 200)).end('ok');
    }
  });
});
afterAll(async () => {
  await subject.close();
  await server.close();
});
afterEach(async () => {
  server.seen.length = 0;
  await Promise.all(closing.splice(0).map((close) => close()));
});

it('gives fetch the headers of the trace and a client span by the stable conventions', async () => {
  const incoming = {
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    tracestate: 'vendor=1',
    baggage: 'tenant=7',
    'x-correlation-id': 'order-7',
  };

  const { text, traceId } = await continueTrace(incoming, 'job', async (job) => {
    const response = await fetch(`${server.url}/201/made?token=secret`, { method: 'POST', body: 'x' });
    return { text: await response.text(), traceId: job.traceId };
  });

  const [span] = (await subject.clientSpans()).filter((each) => each.traceId === traceId);
  expect(span).toMatchObject({
    name: 'POST',
    kind: 'CLIENT',
    status: 'UNSET',
    attributes: {
      'http.request.method': 'POST',
      'server.address': '127.0.0.1',
      'server.port': server.port,
      'url.full': `${server.url}/201/made?token=[REDACTED]`,
      'http.response.status_code': 201,
    },
  });
  expect({ text, headers: server.seen[0]?.headers }).toMatchObject({
    text: 'ok',
    headers: {
      traceparent: `00-${'a'.repeat(32)}-${span?.spanId}-01`,
      tracestate: 'vendor=1',
      baggage: 'tenant=7',
      'x-correlation-id': 'order-7',
    },
  });
});

it.each([404, 503])('takes %i as a failure of the call, and answers it to the caller', async (status) => {
  const { job, result } = await subject.inJob(async () => fetch(`${server.url}/${status}`));

  await result.text();

  const spans = (await subject.clientSpans()).filter((each) => each.traceId === job.traceId);
  expect({ status: result.status, spans }).toMatchObject({
    status,
    spans: [
      {
        status: 'ERROR',
        parentSpanId: job.spanId,
        attributes: { 'http.response.status_code': status, 'error.type': String(status) },
      },
    ],
  });
});

it('makes no span outside of any job, and counts the call', async () => {
  const before = (await subject.clientSpans()).length;

  await (await fetch(`${server.url}/207`)).text();

  const labels = {
    'http.request.method': 'GET',
    'server.address': '127.0.0.1',
    'server.port': String(server.port),
    'http.response.status_code': '207',
  };
  expect({
    spans: (await subject.clientSpans()).length - before,
    counted: (await subject.counted()).filter((each) => each.labels['http.response.status_code'] === '207'),
    traceparent: server.seen[0]?.headers['traceparent'],
  }).toEqual({ spans: 0, counted: [{ labels, count: 1 }], traceparent: undefined });
});

it('leaves calls alone that are untraced or carry a traceparent of the caller', async () => {
  const mine = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;

  const { job } = await subject.inJob(async () => {
    await untraced(async () => {
      expect(isUntraced()).toBe(true);
      return (await fetch(`${server.url}/200/untraced`)).text();
    });
    await (await fetch(`${server.url}/200/mine`, { headers: { TraceParent: mine } })).text();
    await (await fetch(`${server.url}/200/by-hand`, { headers: propagationHeaders() })).text();
  });

  const spans = (await subject.clientSpans()).filter((each) => each.traceId === job.traceId);
  expect({
    spans,
    seen: server.seen.map(({ headers }) => [headers['traceparent'], headers['x-correlation-id']]),
  }).toEqual({
    spans: [],
    seen: [
      [undefined, undefined],
      [mine, undefined],
      [`00-${job.traceId}-${job.spanId}-01`, job.traceId],
    ],
  });
});

it('keeps a correlation id of the caller and adds the rest', async () => {
  await subject.inJob(async () =>
    (await fetch(server.url, { headers: { 'X-Correlation-Id': 'mine' } })).text(),
  );

  expect(server.seen[0]?.headers).toMatchObject({
    'x-correlation-id': 'mine',
    traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
  });
});

it('shows the caller the error of a call that fails, and names it in the span', async () => {
  const gone = await startLoopback();
  await gone.close();

  const { job, result } = await subject.inJob(async () => fetch(gone.url).catch((error: unknown) => error));

  const spans = (await subject.clientSpans()).filter((each) => each.traceId === job.traceId);
  expect({ cause: (result as Error).cause, spans }).toMatchObject({
    cause: { code: 'ECONNREFUSED' },
    spans: [{ status: 'ERROR', attributes: { 'error.type': 'ECONNREFUSED', 'server.port': gone.port } }],
  });
});

it('ends the span of a call that is aborted, or cut off by the server', async () => {
  const { job, result } = await subject.inJob(async () => [
    await fetch(`${server.url}/200/silent`, { signal: AbortSignal.timeout(50) }).catch(
      (error: unknown) => error,
    ),
    await fetch(`${server.url}/200/cut`).then((response) => response.text().catch((error: unknown) => error)),
  ]);

  const spans = (await subject.clientSpans()).filter((each) => each.traceId === job.traceId);
  expect({ names: result.map((error) => (error as Error).name), spans }).toMatchObject({
    names: ['TimeoutError', 'TypeError'],
    spans: [
      { status: 'ERROR', attributes: { 'error.type': 'TimeoutError' } },
      { status: 'ERROR', attributes: { 'error.type': 'UND_ERR_SOCKET', 'http.response.status_code': 200 } },
    ],
  });
});

it('takes a body nobody wants for no failure', async () => {
  const { job } = await subject.inJob(async () => {
    const response = await fetch(server.url);
    await response.body?.cancel();
  });

  const spans = (await subject.clientSpans()).filter((each) => each.traceId === job.traceId);
  expect(spans).toMatchObject([{ status: 'UNSET' }]);
});

it('makes a span and asks the allow-list for each hop of a redirect', async () => {
  const strict = await startSubject({ outgoing: { propagateTo: ['127.0.0.1'] } });
  closing.push(() => strict.close());

  await continueTraceIn(strict, async () => (await fetch(`${server.url}/302/elsewhere`)).text());

  const spans = await strict.clientSpans();
  expect({
    spans: spans.map(({ attributes }) => [
      attributes['server.address'],
      attributes['http.response.status_code'],
    ]),
    seen: server.seen.map(({ headers }) => headers['traceparent'] !== undefined),
  }).toEqual({
    spans: [
      ['127.0.0.1', 302],
      ['localhost', 200],
    ],
    seen: [true, false],
  });
});

/** Runs work as a request of one of several instances. */
async function continueTraceIn(owner: Subject, work: () => Promise<unknown>): Promise<void> {
  const incoming = await startLoopback((request, response) => {
    owner.observability.http.handle(request, response, { originalUrl: '/', route: () => '/' }, () => {
      void work().then(() => response.end());
    });
  });
  closing.push(() => incoming.close());
  await untraced(async () => (await fetch(incoming.url)).text());
}
