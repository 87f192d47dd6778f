import 'reflect-metadata';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

class OrdersController {
  find(id) {
    return { id, state: 'placed', items: [{ sku: 'lamp', count: 2 }] };
  }
}
// The decorators of `@Controller('orders')`, `@Get(':id') find(@Param('id') id: string)`, as a compiler would call them.
const find = Object.getOwnPropertyDescriptor(OrdersController.prototype, 'find');
Get(':id')(OrdersController.prototype, 'find', find);
Param('id')(OrdersController.prototype, 'find', 0);
Controller('orders')(OrdersController);

class AppModule {}

/** A NestJS 12 application with one route, on the platform that `framework` names. */
export async function openNest(variant, framework) {
  const imports = variant === 'ours' ? [await observabilityModule()] : [];
  Module({ imports, controllers: [OrdersController] })(AppModule);
  const app = await NestFactory.create(AppModule, await createAdapter(framework), { logger: false });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address();
  if (variant !== 'ours') {
    return { port };
  }
  const { OBSERVABILITY } = await import('@pg-observability/nestjs');
  return { port, flush: () => app.get(OBSERVABILITY).flush() };
}

async function createAdapter(framework) {
  if (framework === 'nest-fastify') {
    const { FastifyAdapter } = await import('@nestjs/platform-fastify');
    return new FastifyAdapter();
  }
  const { ExpressAdapter } = await import('@nestjs/platform-express');
  return new ExpressAdapter();
}

async function observabilityModule() {
  const { ObservabilityModule } = await import('@pg-observability/nestjs');
  const { postgresStore } = await import('@pg-observability/core/node-postgres');
  return ObservabilityModule.forRoot({
    serviceName: 'bench',
    store: postgresStore(process.env.BENCH_DATABASE_URL),
  });
}
