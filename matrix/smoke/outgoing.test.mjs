// What an application calls: every Node.js has other ways to tell of it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http, { get } from 'node:http';
import http2 from 'node:http2';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { createQuietLogger, openStore, row } from './row.mjs';
import { createStoredRows } from './stored-rows.mjs';

const core = await row.load('@pg-observability/core');
const serviceName = `outgoing-${row.loader}-${randomUUID()}`;
const observability = core.createObservability({
  serviceName,
  store: await openStore(),
  logger: createQuietLogger(),
});
const rows = createStoredRows(observability);
await core.ensureObservabilityTables(observability.store);
await observability.start();

/** A server on loopback that answers with the headers it was sent. */
async function startMirror({ createServer }) {
  const server = createServer((request, response) => response.end(JSON.stringify(request.headers)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}

const [mirror, mirror2] = await Promise.all([http, http2].map(startMirror));
after(async () => {
  mirror.server.closeAllConnections();
  mirror.server.close();
  mirror2.server.close();
  await observability.shutdown();
});

async function callByNode(send) {
  const request = send();
  const closed = once(request, 'close');
  const [response] = await once(request, 'response');
  const headers = JSON.parse(await text(response));
  await closed;
  return headers;
}

async function callByHttp2() {
  const session = http2.connect(mirror2.url);
  const stream = session.request({ ':path': '/', ...core.propagationHeaders() });
  const headers = JSON.parse(await text(stream));
  session.close();
  return headers;
}

/** Makes a call as a job. Answers whether the job's IDs arrived, and the spans of the call. */
async function makeCall(send) {
  const { traceId, headers } = await core.withTracingContext('job', async (job) => ({
    traceId: job.traceId,
    headers: await send(),
  }));
  const spans = (await rows.spansOf(traceId)).filter(({ kind }) => kind === 'CLIENT');
  return {
    isInTrace: headers.traceparent?.split('-')[1] === traceId,
    hasCorrelationId: headers['x-correlation-id'] === traceId,
    kept: headers['x-a'],
    spans: spans.map(({ name, status_code: status }) => `${name} ${status}`),
  };
}

const list = ['Host', 'localhost', 'X-A', '1'];
const calls = {
  fetch: async () => (await fetch(mirror.url, { headers: { 'X-A': '1' } })).json(),
  'node:http': () => callByNode(() => http.get(mirror.url, { headers: { 'X-A': '1' } })),
  'node:http, imported by name': () => callByNode(() => get(mirror.url, { headers: { 'X-A': '1' } })),
  'node:http with a list of headers': () => callByNode(() => http.get(mirror.url, { headers: list })),
  'node:http that expects 100-continue': () =>
    callByNode(() => http.get(mirror.url, { headers: { Expect: '100-continue', 'X-A': '1' } })),
};

for (const [name, send] of Object.entries(calls)) {
  test(`${name}: one span, and the headers of the trace beside those of the caller`, async () => {
    const outcome = await makeCall(send);

    const expected = { isInTrace: true, hasCorrelationId: true, kept: '1', spans: ['GET 200'] };
    assert.deepEqual(outcome, expected);
  });
}

test('node:http2 is not watched: the headers go where propagationHeaders() puts them', async () => {
  const outcome = await makeCall(callByHttp2);

  assert.deepEqual(outcome, { isInTrace: true, hasCorrelationId: true, kept: undefined, spans: [] });
});
