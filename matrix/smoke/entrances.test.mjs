// Other ways into a Nest application than HTTP: messages, jobs, commands; and a close while a message is being processed.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { closeShop, openShop, runCommand, shopEvents } from './entrances-shop.mjs';
import { isInstalled, openStore, row } from './row.mjs';

const selectSpans = `
  select operation_name as name, kind, status, trace_id, span_id, parent_span_id as parent
    from observability.spans where service_name = $1::text order by start_time, duration_ns desc`;
let reader;
let core;

before(async () => {
  [reader, core] = [await openStore(), await row.load('@pg-observability/core')];
});
after(() => reader?.close());

/** What a service has stored. Its application has been closed, so that everything is there. */
async function storedSpans(serviceName) {
  return (await reader.query(selectSpans, [serviceName])).rows;
}

test('a message has a correlation ID and a span, in the trace of its sender where the client can send it', async () => {
  const serviceName = `messages-${randomUUID()}`;
  const { app, client } = await openShop(serviceName);

  const [traceId, answer] = await core.withTracingContext('order', async (operation) => [
    operation.traceId,
    await client.ask('price'),
  ]);
  const failure = await client.ask('broken').catch(({ status }) => status);
  await closeShop(app, client);

  const [order, price, broken, ...others] = await storedSpans(serviceName);
  assert.deepEqual([answer, failure, others], [price.trace_id, 'error', []]);
  assert.deepEqual(
    [price, broken].map(({ name, kind, status }) => [name, kind, status]),
    [
      ['price', 'SERVER', 'UNSET'],
      ['broken', 'SERVER', 'ERROR'],
    ],
  );
  assert.equal(price.parent, client.sendsTrace ? order.span_id : null);
  assert.equal(price.trace_id === traceId, client.sendsTrace);
});

test('each run of a job is a trace of its own', async () => {
  const serviceName = `jobs-${randomUUID()}`;
  const { app, client } = await openShop(serviceName);
  const { SchedulerRegistry } = await row.load('@nestjs/schedule');
  const job = app.get(SchedulerRegistry).getCronJob('close the year');

  await job.fireOnTick();
  await job.fireOnTick();
  await closeShop(app, client);

  const spans = await storedSpans(serviceName);
  const run = { name: 'close the year', kind: 'INTERNAL', status: 'UNSET', parent: null };
  assert.deepEqual(
    spans.map(({ trace_id: _trace, span_id: _span, ...rest }) => rest),
    [run, run],
  );
  assert.equal(new Set(spans.map(({ trace_id: traceId }) => traceId)).size, 2);
});

test('a close waits for the message that is being processed, and stores its span', async () => {
  const serviceName = `draining-${randomUUID()}`;
  const { app, client } = await openShop(serviceName);
  const happened = [];
  const began = once(shopEvents, 'began');
  const answered = client.ask('slow').then(() => happened.push('answered'));
  await began;

  const closed = app.close().then(() => happened.push('closed'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(happened, []);
  shopEvents.emit('go on');
  await Promise.all([answered, closed]);
  client.close();

  assert.deepEqual(happened, ['answered', 'closed']);
  const spans = await storedSpans(serviceName);
  assert.deepEqual(
    spans.map(({ name, status }) => [name, status]),
    [['slow', 'UNSET']],
  );
});

test('a command is one trace', { skip: !isInstalled('nest-commander') }, async () => {
  const serviceName = `commands-${randomUUID()}`;

  const printed = await runCommand(serviceName, ['send-invoices', '7']);

  const spans = await storedSpans(serviceName);
  assert.deepEqual(printed, [['7', spans[0]?.trace_id]]);
  assert.deepEqual(
    spans.map(({ name, status, parent }) => [name, status, parent]),
    [['send invoices', 'UNSET', null]],
  );
});
