// One suite for every application of the matrix: real HTTP, a real database, packages as they are published.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { openExpressApp } from './express-app.mjs';
import { openNestApp } from './nest-app.mjs';
import { row } from './row.mjs';
import { createStoredRows } from './stored-rows.mjs';

const isNest = row.app !== 'express';
const hasTypeorm = isNest || row.store === 'typeorm';
const route = '/shops/:shop/orders/:id';
let app;
let rows;

before(async () => {
  app = await (isNest ? openNestApp : openExpressApp)(`${row.app}-${row.loader}-${randomUUID()}`);
  // A workflow in the caller's transaction needs the tables, and start() does not wait for the database.
  const { ensureObservabilityTables } = await row.load('@pg-observability/core');
  await ensureObservabilityTables(app.observability.store);
  rows = createStoredRows(app.observability);
});
after(() => app?.close());

/** Sends a request inside a trace of the caller. */
async function send(path, { method = 'GET', body, headers = {} } = {}) {
  const traceId = randomBytes(16).toString('hex');
  const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(`${app.url}${path}`, {
    method,
    body: JSON.stringify(body),
    headers: { traceparent, ...type, ...headers },
  });
  const answer = await response.text();
  return { traceId, response, answer };
}

function serverSpan(statusCode, span) {
  return { kind: 'SERVER', status: 'UNSET', route, status_code: statusCode, collection: null, ...span };
}

async function serverSpans(traceId) {
  return (await rows.spansOf(traceId)).filter(({ kind }) => kind === 'SERVER');
}

test('a request has a correlation ID, and a span with the pattern of its route', async () => {
  const { traceId, response, answer } = await send('/shops/7/orders/42', {
    headers: { 'x-correlation-id': 'order-42' },
  });

  assert.deepEqual(JSON.parse(answer), { id: '42', correlationId: 'order-42' });
  assert.equal(response.headers.get('x-correlation-id'), 'order-42');
  const expected = serverSpan(200, { name: `GET ${route}`, correlation_id: 'order-42' });
  assert.deepEqual(await serverSpans(traceId), row.hasOpenTelemetry ? [expected] : []);
});

test('what a handler throws is a span with status ERROR, and 500', async () => {
  const invoice = `${route}/invoice`;

  const { traceId, response } = await send('/shops/7/orders/42/invoice');

  assert.equal(response.status, 500);
  const span = { name: `GET ${invoice}`, route: invoice, status: 'ERROR', correlation_id: traceId };
  assert.deepEqual(await serverSpans(traceId), row.hasOpenTelemetry ? [serverSpan(500, span)] : []);
});

test('requests and what handlers count have the right sums', async () => {
  await Promise.all(['1', '2', '3'].map((id) => send(`/shops/8/orders/${id}`)));
  await send('/nowhere');

  assert.deepEqual(
    await rows.requests(),
    [
      { route, status_code: 200, count: 4 },
      { route: `${route}/invoice`, status_code: 500, count: 1 },
      { route: '<unmatched>', status_code: 404, count: 1 },
    ].toSorted((one, other) => (one.route < other.route ? -1 : 1)),
  );
  assert.equal(await rows.counted('orders.shown'), 10);
});

test("a workflow moves in the caller's transaction: with the order, or not at all", async () => {
  const [placed, refused] = [randomUUID(), randomUUID()];

  const first = await send('/shops/7/orders', { method: 'POST', body: { sku: 'lamp', workflowId: placed } });
  const body = { sku: 'vase', workflowId: refused, fails: true };
  const second = await send('/shops/7/orders', { method: 'POST', body });

  assert.deepEqual([first.response.status, second.response.status], [201, 500], first.answer);
  assert.deepEqual(
    (await rows.orders()).filter(({ sku }) => sku === 'vase'),
    [],
  );
  assert.deepEqual(await rows.history(placed), [{ phase: 'placed' }, { phase: 'paid' }]);
  assert.deepEqual(await rows.history(refused), []);
  const inserts = (await rows.spansOf(first.traceId)).filter(({ collection }) => collection === 'orders');
  assert.equal(inserts.length, hasTypeorm && row.hasOpenTelemetry ? 1 : 0);
});

test('the probes answer', async () => {
  const answers = await Promise.all(['/livez', '/readyz', '/startupz'].map((path) => send(path)));

  assert.deepEqual(
    answers.map(({ response }) => response.status),
    [200, 200, 200],
  );
});

test('nothing was dropped, and tracing is what the installation allows', () => {
  const stats = app.observability.stats();

  assert.equal(stats.tracing, row.hasOpenTelemetry ? 'active' : 'no-opentelemetry');
});

test('a package that was imported and one that was required are the same', async () => {
  const { requirePackage } = await import('./require-package.cjs');
  const names = ['@pg-observability/core', `@pg-observability/${isNest ? 'nestjs' : 'express'}`];

  for (const name of names) {
    const [imported, required] = [await import(name), requirePackage(name)];
    assert.deepEqual(
      Object.keys(imported).filter((key) => imported[key] !== required[key]),
      [],
    );
  }
});
