import { createTypeormDesk, dataSourceOptions } from './order-desk.mjs';
import { createQuietLogger, row } from './row.mjs';

/** Applies decorators to a method as the TypeScript compiler does; `parameters` decorate the arguments in order. */
export function decorateMethod(type, name, decorators, parameters = []) {
  parameters.forEach((decorator, index) => decorator(type.prototype, name, index));
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name);
  Object.defineProperty(type.prototype, name, Reflect.decorate(decorators, type.prototype, name, descriptor));
}

async function createController() {
  const { Body, Controller, Get, Inject, Param, Post } = await row.load('@nestjs/common');
  const { Traced } = await row.load('@pg-observability/nestjs');
  const { currentCorrelationId, MetricsCollector, WorkflowStateTracker } =
    await row.load('@pg-observability/core');
  const { DataSource } = await row.load('typeorm');

  class OrdersController {
    constructor(metrics, workflows, dataSource) {
      Object.assign(this, { metrics, workflows, dataSource });
    }

    find(id) {
      this.metrics.counter('orders.shown', 2.5);
      return { id, correlationId: currentCorrelationId() };
    }

    invoice() {
      throw new Error('no invoice');
    }

    async place(order) {
      await (await createTypeormDesk(this.dataSource)).place(this.workflows, order);
      return {};
    }
  }
  [MetricsCollector, WorkflowStateTracker, DataSource].forEach((token, index) =>
    Inject(token)(OrdersController, undefined, index),
  );
  decorateMethod(OrdersController, 'find', [Get(':id'), Traced()], [Param('id')]);
  decorateMethod(OrdersController, 'invoice', [Get(':id/invoice')]);
  decorateMethod(OrdersController, 'place', [Post()], [Body()]);
  Controller('shops/:shop/orders')(OrdersController);
  return OrdersController;
}

async function createAppModule(serviceName) {
  const { Module } = await row.load('@nestjs/common');
  const { TypeOrmModule } = await row.load('@nestjs/typeorm');
  const { ObservabilityModule } = await row.load('@pg-observability/nestjs');
  const { typeormStore } = await row.load('@pg-observability/typeorm');
  const { DataSource } = await row.load('typeorm');
  const useFactory = (dataSource) => ({
    serviceName,
    store: typeormStore(dataSource),
    logger: createQuietLogger(),
  });
  class AppModule {}
  Module({
    imports: [
      TypeOrmModule.forRoot(await dataSourceOptions()),
      ObservabilityModule.forRootAsync({ inject: [DataSource], useFactory }),
    ],
    controllers: [await createController()],
  })(AppModule);
  return AppModule;
}

async function createAdapter() {
  if (row.app === 'nest-fastify') {
    const { FastifyAdapter } = await row.load('@nestjs/platform-fastify');
    return new FastifyAdapter();
  }
  const { ExpressAdapter } = await row.load('@nestjs/platform-express');
  return new ExpressAdapter();
}

/** The same shop on the NestJS that is installed, on Express or on Fastify. */
export async function openNestApp(serviceName) {
  await row.load('reflect-metadata');
  const { NestFactory } = await row.load('@nestjs/core');
  const { OBSERVABILITY } = await row.load('@pg-observability/nestjs');
  const app = await NestFactory.create(await createAppModule(serviceName), await createAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl(), observability: app.get(OBSERVABILITY), close: () => app.close() };
}
