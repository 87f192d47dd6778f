import type { EntityManager } from 'typeorm';
import type { AlertManager, WorkflowStateTracker } from '@pg-observability/core';
import { continueTrace, withTracingContext } from '@pg-observability/core';
import { fromEntityManager } from '@pg-observability/typeorm';
import { orderWorkflow } from './order-workflow.ts';
import { Order } from './order.entity.ts';

/** What the worker needs. */
export interface Fulfilment {
  workflows: WorkflowStateTracker;
  alerts: AlertManager;
}

/** Fulfils one order inside the transaction that holds its row, as a part of the trace in which it was placed. */
export function fulfilOrder(
  manager: EntityManager,
  order: Order,
  { workflows, alerts }: Fulfilment,
): Promise<void> {
  return continueTrace(order.traceHeaders, 'fulfil order', { 'order.id': order.id }, async (operation) => {
    const workflow = workflows.of(orderWorkflow).within(fromEntityManager(manager));
    await workflow.transition(order.id, 'picking');
    try {
      await withTracingContext('pick from shelf', { 'product.sku': order.sku }, () => pick(order));
    } catch (error) {
      operation.addEvent('out of stock');
      await manager.update(Order, order.id, { status: 'failed' });
      await workflow.transition(order.id, 'out of stock', { reason: (error as Error).message });
      await alerts.raise({
        alertType: 'order_failed',
        severity: 'warning',
        title: `${order.sku} is out of stock`,
        message: (error as Error).message,
        metadata: { orderId: order.id },
      });
      return;
    }
    await manager.update(Order, order.id, { status: 'shipped' });
    await workflow.transition(order.id, 'shipped', { parcels: 1 });
  });
}

async function pick(order: Order): Promise<void> {
  // Picking takes a moment, so that the trace has something to show.
  await new Promise((resolve) => setTimeout(resolve, 3 + order.quantity * 2));
  if (order.sku === 'unicorn') {
    throw new Error(`No ${order.sku} on the shelf.`);
  }
}
