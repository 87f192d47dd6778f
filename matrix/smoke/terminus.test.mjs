// Terminus as the application has it: 12 knows attempts, 11 does not.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { createQuietLogger, openStore, row } from './row.mjs';

test('the indicators answer under their keys, and 503 names what is down', async () => {
  await row.load('reflect-metadata');
  const { Controller, Get, Inject, Module } = await row.load('@nestjs/common');
  const { NestFactory } = await row.load('@nestjs/core');
  const { HealthCheckService, TerminusModule } = await row.load('@nestjs/terminus');
  const { ObservabilityModule } = await row.load('@pg-observability/nestjs');
  const { ObservabilityHealthIndicator } = await row.load('@pg-observability/nestjs/terminus');
  const store = await openStore();
  let isBankOpen = true;
  const bank = async () => {
    if (!isBankOpen) {
      throw new Error('closed');
    }
  };

  class StatusController {
    constructor(health, indicator) {
      Object.assign(this, { health, indicator });
    }

    check() {
      return this.health.check([
        () => this.indicator.pingCheck('store').withTimeout(5_000).cacheFor(10),
        () => this.indicator.readiness('service'),
        () => this.indicator.isHealthy('whole'),
      ]);
    }
  }
  Inject(HealthCheckService)(StatusController, undefined, 0);
  Inject(ObservabilityHealthIndicator)(StatusController, undefined, 1);
  const descriptor = Object.getOwnPropertyDescriptor(StatusController.prototype, 'check');
  Get()(StatusController.prototype, 'check', descriptor);
  Controller('status')(StatusController);
  class AppModule {}
  const serviceName = `terminus-${randomUUID()}`;
  const health = { checks: { bank } };
  Module({
    imports: [
      TerminusModule.forRoot({ logger: false }),
      ObservabilityModule.forRoot({ serviceName, store, health, logger: createQuietLogger() }),
    ],
    controllers: [StatusController],
    providers: [ObservabilityHealthIndicator],
  })(AppModule);
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const ask = async () => {
    const response = await fetch(`${await app.getUrl()}/status`);
    const { details } = await response.json();
    const statuses = Object.entries(details).map(([key, { status }]) => [key, status]);
    return { status: response.status, message: details.service.message, ...Object.fromEntries(statuses) };
  };

  const open = await ask();
  isBankOpen = false;
  const closed = await ask();

  assert.deepEqual(
    [open, closed].map(({ message: _message, ...rest }) => rest),
    [
      { status: 200, store: 'up', service: 'up', whole: 'up' },
      { status: 503, store: 'up', service: 'down', whole: 'down' },
    ],
  );
  assert.match(closed.message, /bank: closed/);
  await app.close();
  await store.close();
});
