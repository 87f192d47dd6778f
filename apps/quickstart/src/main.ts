// Everything in one file: no server, no Docker, no collector. Run it twice and the numbers add up: they are in ./.observability
import { createObservability, withTracingContext } from '@pg-observability/core';
import { embeddedStore } from '@pg-observability/core/embedded';

const observability = createObservability({
  serviceName: 'quickstart',
  store: embeddedStore({ dataDir: process.env['QUICKSTART_DATA_DIR'] ?? '.observability' }),
});
const { metrics, workflows, health, store } = observability;

// One operation: a span with a child, a metric, and a workflow that moves with it.
const traceId = await withTracingContext('place order', { 'order.items': 3 }, async (operation) => {
  const order = await workflows.createWorkflow({ workflowType: 'order', metadata: { items: 3 } });
  await withTracingContext('charge card', async (step) => {
    step.setAttribute('payment.method', 'card');
  });
  await workflows.transition(order.workflowId, 'paid', 'completed');
  metrics.counter('orders.placed', 1, { channel: 'web' });
  metrics.histogram('order.amount', 129.5, { currency: 'EUR' });
  return operation.traceId;
});

await observability.flush();

const spans = await store.query(
  `select operation_name, round((duration_ns / 1e6)::numeric, 2)::float8 as ms
   from observability.spans where trace_id = $1::text order by start_time, duration_ns desc`,
  [traceId],
);
console.log('spans      ', spans.rows);
console.log(
  'workflows  ',
  (await workflows.listWorkflows()).map((each) => `${each.currentPhase}/${each.status}`),
);
console.log('p50 amount ', await metrics.getPercentile('order.amount', 0.5));
console.log('readiness  ', (await health.readiness()).status);

await observability.shutdown();
