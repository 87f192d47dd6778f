// A module as a user writes it, with the types of the NestJS that is installed.
import { Controller, Get, Inject, Injectable, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MetricsCollector, type Observability } from '@pg-observability/core';
import { Counted, InjectObservability, ObservabilityModule, Timed, Traced } from '@pg-observability/nestjs';
import { typeormStore } from '@pg-observability/typeorm';
import { DataSource } from 'typeorm';

@Injectable()
class Invoices {
  @Traced({ attributes: (args) => ({ 'order.id': args[0] }) })
  @Counted('invoices.sent', { channel: 'mail' })
  @Timed()
  send(orderId: string): Promise<string> {
    return Promise.resolve(orderId);
  }
}

@Controller('orders')
class OrdersController {
  constructor(
    @Inject(MetricsCollector) readonly metrics: MetricsCollector,
    @Inject(Invoices) readonly invoices: Invoices,
    @InjectObservability() readonly observability: Observability,
  ) {}

  @Get(':id')
  find(@Param('id') id: string): Promise<string> {
    this.metrics.counter('orders.shown');
    return this.invoices.send(id);
  }
}

@Module({
  imports: [
    ObservabilityModule.forRootAsync({
      inject: [DataSource],
      useFactory: (dataSource: DataSource) => ({ serviceName: 'typed', store: typeormStore(dataSource) }),
    }),
  ],
  controllers: [OrdersController],
  providers: [Invoices],
})
class AppModule {}

export const app = NestFactory.create(AppModule);
// @ts-expect-error a service needs a name
ObservabilityModule.forRoot({});
