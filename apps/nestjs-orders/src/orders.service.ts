import { Injectable, NotFoundException } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { propagationHeaders, WorkflowStateTracker } from '@pg-observability/core';
import { Counted, Timed, Traced } from '@pg-observability/nestjs';
import { fromEntityManager } from '@pg-observability/typeorm';
import { orderWorkflow } from './order-workflow.ts';
import { Order } from './order.entity.ts';

@Injectable()
export class OrdersService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly workflows: WorkflowStateTracker,
  ) {}

  /** The order and its workflow are written in one transaction: both are there, or neither. */
  @Traced('place order')
  @Counted('orders.placed')
  @Timed('orders.place.duration')
  place(sku: string, quantity: number): Promise<Order> {
    return this.dataSource.transaction(async (manager) => {
      const order = await manager.save(
        manager.create(Order, { sku, quantity, status: 'placed', traceHeaders: propagationHeaders() }),
      );
      await this.workflows
        .of(orderWorkflow)
        .within(fromEntityManager(manager))
        .create({ workflowId: order.id, metadata: { orderId: order.id, sku, quantity } });
      return order;
    });
  }

  async find(id: string): Promise<Order> {
    const order = await this.dataSource.getRepository(Order).findOneBy({ id });
    if (order === null) {
      throw new NotFoundException(`There is no order ${id}.`);
    }
    return order;
  }
}
