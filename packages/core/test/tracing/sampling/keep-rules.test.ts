import { context, propagation, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterEach, expect, it } from 'vitest';
import { createObservability, ensureObservabilityTables, propagationHeaders } from '@pg-observability/core';
import type { Observability, ObservabilityOptions } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';

const cleanUps: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) {
    await cleanUp();
  }
  trace.disable();
  context.disable();
  propagation.disable();
});

async function open(
  spans: ObservabilityOptions['spans'],
  further: Partial<ObservabilityOptions> = {},
): Promise<Observability> {
  const database = await testDatabase();
  const observability = createObservability({
    serviceName: 'sampled',
    store: postgresStore(database.url),
    spans,
    ...further,
  });
  cleanUps.push(
    () => database.drop(),
    () => observability.shutdown(),
  );
  await observability.start();
  await ensureObservabilityTables(observability.store);
  return observability;
}

async function stored(observability: Observability): Promise<unknown> {
  await observability.flush();
  const { rows } = await observability.store.query(
    `select operation_name as name, attributes ->> 'sampling.rule' as rule
       from observability.spans order by start_time, operation_name`,
  );
  return rows;
}

it('stores what a rule wants although head sampling drops it, and tells other services what head sampling said', async () => {
  const observability = await open({ sampling: 0, keep: { slowerThanMs: 1_000 } });
  const { tracer } = observability.tracing;

  const good = tracer.startSpan('good');
  const headers = context.with(trace.setSpan(ROOT_CONTEXT, good), () => propagationHeaders());
  good.end();
  const bad = tracer.startSpan('bad');
  tracer.startSpan('below', {}, trace.setSpan(ROOT_CONTEXT, bad)).end();
  bad.setStatus({ code: SpanStatusCode.ERROR });
  bad.end();
  tracer.startSpan('slow', { startTime: Date.now() - 1_500 }).end();

  expect(await stored(observability)).toEqual(
    expect.arrayContaining([
      { name: 'bad', rule: 'error' },
      { name: 'below', rule: null },
      { name: 'slow', rule: 'slow' },
    ]),
  );
  expect(headers['traceparent']).toMatch(/-00$/);
  expect(observability.stats()).toMatchObject({
    spans: { stored: 3, dropped: {}, queued: 0 },
    sampling: { sampledOut: 1, heldSpans: 0, keptTraces: { error: 1, slow: 1, ratio: 0, route_floor: 0 } },
  });
});

it('has no stage, and hands over the queue itself, without the option', async () => {
  const observability = await open({ sampling: 0 }, { errors: false });

  observability.tracing.tracer.startSpan('dropped by head sampling').end();

  expect(observability.spanProcessor.constructor.name).toBe('SpanQueueProcessor');
  expect(observability.stats().sampling).toBeNull();
  expect(await stored(observability)).toEqual([]);
});
