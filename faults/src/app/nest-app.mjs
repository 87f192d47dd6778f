import { OBSERVABILITY, ObservabilityModule } from '../../../packages/nestjs/dist/index.js';
import { requireFrom } from '../packages.mjs';
import { answerParent } from './answer-parent.mjs';
import { observabilityOptions, settings } from './settings.mjs';

requireFrom('nestjs', 'reflect-metadata');
const { Controller, Get, Module, Param } = requireFrom('nestjs', '@nestjs/common');
const { NestFactory } = requireFrom('nestjs', '@nestjs/core');

class Orders {
  show(id) {
    return { id };
  }

  async slow(id) {
    await new Promise((resolve) => setTimeout(resolve, settings.slowMs));
    return { id };
  }
}
// Plain JavaScript has no decorators; this is what a compiler makes of them.
for (const [method, path] of Object.entries({ show: 'orders/:id', slow: 'slow/:id' })) {
  Get(path)(Orders.prototype, method, Object.getOwnPropertyDescriptor(Orders.prototype, method));
  Param('id')(Orders.prototype, method, 0);
}
Controller()(Orders);
class AppModule {}
Module({ imports: [ObservabilityModule.forRoot(observabilityOptions())], controllers: [Orders] })(AppModule);

const adapter =
  settings.platform === 'fastify'
    ? [new (requireFrom('nestjs', '@nestjs/platform-fastify').FastifyAdapter)()]
    : [];
const app = await NestFactory.create(AppModule, ...adapter, { logger: false });
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
answerParent(app.get(OBSERVABILITY), app.getHttpServer().address().port);
