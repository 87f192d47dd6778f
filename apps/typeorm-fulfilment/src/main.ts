import 'reflect-metadata';
import { createServer } from 'node:http';
import { DataSource } from 'typeorm';
import { createObservability, createProbeHandler, heapCheck } from '@pg-observability/core';
import { QuerySpanSubscriber, typeormStore } from '@pg-observability/typeorm';
import { fulfilOrder } from './fulfil-order.ts';
import { orderWorkflow } from './order-workflow.ts';
import { Order } from './order.entity.ts';

const port = Number(process.env.PORT ?? 4312);
const webhook = process.env['ALERT_WEBHOOK_URL'];
const alertGroupWaitMs = Number(process.env['ALERT_GROUP_WAIT_MS'] ?? 10_000);
const dataSource = await new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  entities: [Order],
  subscribers: [QuerySpanSubscriber],
}).initialize();
const observability = createObservability({
  serviceName: 'typeorm-fulfilment',
  store: typeormStore(dataSource),
  workflows: [orderWorkflow],
  health: { checks: { heap: { check: heapCheck({ maxFraction: 0.95 }), critical: false } } },
  stuckWorkflows: { intervalMs: Number(process.env['STUCK_INTERVAL_MS'] ?? 60_000) },
  alerts: {
    groupWaitMs: alertGroupWaitMs,
    groupIntervalMs: 3 * alertGroupWaitMs,
    receivers: webhook === undefined ? {} : { hook: { kind: 'webhook', url: webhook } },
  },
});
const { health, metrics } = observability;

/** Takes the oldest order nobody else holds. False when there is none. */
function fulfilNext(): Promise<boolean> {
  return dataSource.transaction(async (manager) => {
    const order = await manager
      .createQueryBuilder(Order, 'o')
      .where("o.status = 'placed'")
      .orderBy('o.createdAt')
      .setLock('pessimistic_write')
      .setOnLocked('skip_locked')
      .getOne();
    if (order === null) {
      return false;
    }
    await fulfilOrder(manager, order, observability);
    metrics.counter('orders.fulfilled', 1, { sku: order.sku });
    return true;
  });
}

const probes = createServer(createProbeHandler(health, { showDetails: true }));
probes.once('error', (error) => {
  console.error(`typeorm-fulfilment cannot listen on port ${port}: ${error.message}`);
  process.exit(1);
});
probes.listen(port, '127.0.0.1', () => console.log(`typeorm-fulfilment probes on http://127.0.0.1:${port}`));

let stopping = false;
const stop = (): void => {
  stopping = true;
  health.setDraining(true);
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);

while (!stopping) {
  const found = await fulfilNext().catch((error: unknown) => {
    console.error('fulfilment failed, trying again', error);
    return false;
  });
  if (!found) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
// The order that was being fulfilled is done; now the telemetry, then the pool.
probes.close();
await observability.shutdown();
await dataSource.destroy();
