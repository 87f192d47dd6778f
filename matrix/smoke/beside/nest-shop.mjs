import { row } from '../row.mjs';
import { settings } from './settings.mjs';

async function createController(desk) {
  const { Body, Controller, Get, Param, Post } = await row.load('@nestjs/common');
  class OrdersController {
    show(id) {
      return desk.show(id);
    }

    place(order) {
      return order;
    }

    fail() {
      throw new Error('broken');
    }
  }
  const decorate = (name, decorator, parameter) => {
    parameter?.(OrdersController.prototype, name, 0);
    const descriptor = Object.getOwnPropertyDescriptor(OrdersController.prototype, name);
    decorator(OrdersController.prototype, name, descriptor);
  };
  decorate('show', Get('orders/:id'), Param('id'));
  decorate('place', Post('orders'), Body());
  decorate('fail', Get('fail'));
  Controller()(OrdersController);
  return OrdersController;
}

async function createTelemetryModule({ observability }) {
  const { ObservabilityModule } = await row.load('@pg-observability/nestjs');
  if (observability !== undefined) {
    return ObservabilityModule.forRoot({ observability });
  }
  const { postgresStore } = await row.load('@pg-observability/core/node-postgres');
  const { serviceName, databaseUrl } = settings;
  return ObservabilityModule.forRoot({ serviceName, store: postgresStore(databaseUrl) });
}

async function createAdapter() {
  if (row.app === 'beside-nest-fastify') {
    const { FastifyAdapter } = await row.load('@nestjs/platform-fastify');
    return new FastifyAdapter();
  }
  const { ExpressAdapter } = await row.load('@nestjs/platform-express');
  return new ExpressAdapter();
}

/** The shop on NestJS 12, on Express or on Fastify. */
export async function openNestShop(desk, tool) {
  await row.load('reflect-metadata');
  const { Module } = await row.load('@nestjs/common');
  const { NestFactory } = await row.load('@nestjs/core');
  class AppModule {}
  Module({
    imports: settings.isObserved ? [await createTelemetryModule(tool)] : [],
    controllers: [await createController(desk)],
  })(AppModule);
  const app = await NestFactory.create(AppModule, await createAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  const observability = settings.isObserved
    ? app.get((await row.load('@pg-observability/nestjs')).OBSERVABILITY)
    : undefined;
  return {
    url: await app.getUrl(),
    stats: () => observability?.stats(),
    close: async () => {
      await app.close();
      await tool.observability?.shutdown();
    },
  };
}
