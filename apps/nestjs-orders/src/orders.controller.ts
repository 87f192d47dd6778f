import { Body, Controller, Get, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import type { Order } from './order.entity.ts';
import { OrdersService } from './orders.service.ts';

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Post()
  place(@Body() body: { sku: string; quantity: number }): Promise<Order> {
    return this.orders.place(body.sku, body.quantity);
  }

  @Get(':id')
  find(@Param('id', ParseUUIDPipe) id: string): Promise<Order> {
    return this.orders.find(id);
  }
}
