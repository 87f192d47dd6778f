// An application with an OpenTelemetry SDK of its own: our exporter behind the SDK's processors.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { createQuietLogger, openStore, row } from './row.mjs';

const store = await openStore();
const { trace, context } = await row.load('@opentelemetry/api');
const { BatchSpanProcessor, TracerProvider } = await row.load('@opentelemetry/sdk-trace');
const { createObservability, PostgreSQLSpanExporter } = await row.load('@pg-observability/core');
after(() => store.close());

async function namesOf(traceId) {
  const text =
    'select operation_name as name from observability.spans where trace_id = $1::text order by name';
  return (await store.query(text, [traceId])).rows.map(({ name }) => name);
}

test("the exporter stores what the SDK's batch processor gives it", async () => {
  const exporter = new PostgreSQLSpanExporter(store);
  const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
  const tracer = provider.getTracer('matrix');
  const parent = tracer.startSpan('parent');
  const child = tracer.startSpan('child', {}, trace.setSpan(context.active(), parent));

  child.setAttribute('list', ['a', 'b']).end();
  parent.end();
  await provider.forceFlush();

  assert.deepEqual(await namesOf(parent.spanContext().traceId), ['child', 'parent']);
  await provider.shutdown();
});

test('spanProcessor joins a provider that the application registers', async () => {
  const options = { serviceName: `own-${randomUUID()}`, store, logger: createQuietLogger() };
  const observability = createObservability(options);
  const provider = new TracerProvider({ spanProcessors: [observability.spanProcessor] });
  assert.equal(trace.setGlobalTracerProvider(provider), true);
  await observability.start();

  const span = trace.getTracer('matrix').startSpan('job');
  span.end();
  await observability.flush();

  assert.deepEqual(await namesOf(span.spanContext().traceId), ['job']);
  assert.equal(observability.stats().tracing, 'foreign-sdk');
  await observability.shutdown();
});
