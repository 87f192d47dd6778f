import { Controller, Get, Injectable, Module } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { getDefaultInstance } from '@pg-observability/core';
import { assertMetric, assertSpan, createTestObservability } from '@pg-observability/core/testing';
import type { TestObservability } from '@pg-observability/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Counted, OBSERVABILITY, ObservabilityModule } from '../../src/index.ts';
import { ObservabilityTestingModule, TEST_OBSERVABILITY } from '../../src/testing/index.ts';
import { createAdapter, PLATFORMS } from '../support/platform.ts';

@Injectable()
class OrdersService {
  @Counted('orders.shown')
  show(): string {
    throw new Error('no such order');
  }
}

@Controller('orders')
class OrdersController {
  readonly #orders = new OrdersService();

  @Get(':id')
  show(): string {
    return this.#orders.show();
  }
}

@Module({ controllers: [OrdersController] })
class OrdersModule {}

const configured = ObservabilityModule.forRoot({ serviceName: 'orders', schema: 'off' });

@Module({ imports: [configured, OrdersModule] })
class AppModule {}

let app: INestApplication | undefined;

afterEach(() => app?.close());

describe.each(PLATFORMS)('on %s', (platform) => {
  it('records requests over HTTP, and gives the recorder by its token', async () => {
    const testing = await Test.createTestingModule({
      imports: [ObservabilityTestingModule.forTest({ serviceName: 'orders' }), OrdersModule],
    }).compile();
    app = testing.createNestApplication(createAdapter(platform), { logger: false });
    const recorder = app.get<TestObservability>(TEST_OBSERVABILITY);
    await app.listen(0, '127.0.0.1');

    const statuses = await getAll(app, ['/orders/7', '/readyz']);

    const span = await assertSpan(recorder, {
      name: 'GET /orders/:id',
      kind: 'SERVER',
      status: 'ERROR',
      attributes: { 'http.response.status_code': 500 },
    });
    await assertMetric(recorder, 'orders.shown', { value: 1 });
    expect([statuses, span.serviceName]).toEqual([[500, 200], 'orders']);
  });

  it('takes the place of the instance of an application that configures the module itself', async () => {
    const recorder = createTestObservability();
    const testing = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(OBSERVABILITY)
      .useValue(recorder.observability)
      .compile();
    app = testing.createNestApplication(createAdapter(platform), { logger: false });
    await app.listen(0, '127.0.0.1');

    await getAll(app, ['/orders/7']);

    expect((await recorder.spans({ kind: 'SERVER' })).map(({ name }) => name)).toEqual(['GET /orders/:id']);
  });

  it('takes the place of the very module an application imports', async () => {
    const testing = await Test.createTestingModule({ imports: [AppModule] })
      .overrideModule(configured as never)
      .useModule(ObservabilityTestingModule.forTest() as never)
      .compile();
    app = testing.createNestApplication(createAdapter(platform), { logger: false });
    await app.listen(0, '127.0.0.1');

    await getAll(app, ['/orders/7']);

    await assertSpan(app.get<TestObservability>(TEST_OBSERVABILITY), { name: 'GET /orders/:id' });
  });
});

it('leaves no instance behind when the testing module is closed', async () => {
  const testing = await Test.createTestingModule({
    imports: [ObservabilityTestingModule.forTest()],
  }).compile();
  await testing.init();
  const during = getDefaultInstance() === testing.get(OBSERVABILITY);

  await testing.close();

  expect([during, getDefaultInstance()]).toEqual([true, undefined]);
});

async function getAll(application: INestApplication, paths: string[]): Promise<number[]> {
  const url = await application.getUrl();
  return Promise.all(paths.map(async (path) => (await fetch(url + path)).status));
}
