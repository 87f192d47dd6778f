import {
  createObservability,
  currentCorrelationId,
  openIncomingOperation,
  withTracingContext,
} from '@pg-observability/core';
import type { Observability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

const database = await testDatabase();
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const carrier = {
  traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01`,
  'x-correlation-id': 'order-7',
};
let observability: Observability;

beforeAll(() => {
  observability = createObservability({ serviceName: 'incoming', store: postgresStore(database.url) });
});
afterAll(() => observability.shutdown());

it('is a child of the carrier, of the kind that is asked for, with the correlation ID inside', async () => {
  const operation = openIncomingOperation(carrier, 'process orders', {
    kind: 'consumer',
    attributes: { 'order.id': '7' },
  });
  const inside = operation.run(() => currentCorrelationId());
  operation.end();

  expect([inside, currentCorrelationId(), await storedSpan(operation.spanId)]).toEqual([
    'order-7',
    undefined,
    {
      name: 'process orders',
      kind: 'CONSUMER',
      trace_id: TRACE_ID,
      parent: '00f067aa0ba902b7',
      attributes: { 'order.id': '7' },
    },
  ]);
});

it('begins a trace for an empty or broken carrier, also where another operation is active', async () => {
  const [active, operation] = await withTracingContext('active', (outer) => [
    outer.traceId,
    openIncomingOperation({ traceparent: 'nonsense' }, 'job'),
  ]);
  operation.end();

  expect(operation.traceId).not.toBe(active);
  expect(await storedSpan(operation.spanId)).toMatchObject({ kind: 'INTERNAL', parent: null });
});

it('is recorded by the instance it is given, not by the current one', async () => {
  await using other = await startOther();

  const operation = openIncomingOperation(null, 'job of the other', { tracing: other.instance.tracing });
  operation.end();
  await other.instance.flush();

  const { rows } = await observability.store.query(
    'select service_name from observability.spans where span_id = $1::text',
    [operation.spanId],
  );
  expect(rows).toEqual([{ service_name: 'other' }]);
});

async function startOther(): Promise<AsyncDisposable & { instance: Observability }> {
  const instance = createObservability({ serviceName: 'other', store: postgresStore(database.url) });
  await instance.start();
  return { instance, [Symbol.asyncDispose]: () => instance.shutdown() };
}

async function storedSpan(spanId: string): Promise<unknown> {
  await observability.flush();
  const { rows } = await observability.store.query(
    `select operation_name as name, kind, trace_id, parent_span_id as parent, attributes
       from observability.spans where span_id = $1::text`,
    [spanId],
  );
  return rows[0];
}
