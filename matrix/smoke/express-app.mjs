import { once } from 'node:events';
import { createDesk, createTypeormDesk, dataSourceOptions } from './order-desk.mjs';
import { createQuietLogger, openStore, row } from './row.mjs';

async function openParts() {
  if (row.store !== 'typeorm') {
    const store = await openStore();
    return { store, desk: await createDesk(store) };
  }
  await row.load('reflect-metadata');
  const { DataSource } = await row.load('typeorm');
  const { typeormStore } = await row.load('@pg-observability/typeorm');
  const dataSource = await new DataSource(await dataSourceOptions()).initialize();
  return { store: typeormStore(dataSource), desk: await createTypeormDesk(dataSource) };
}

function mountRoutes(app, express, telemetry, desk) {
  const { metrics, workflows } = telemetry.observability;
  const orders = express.Router();
  orders.get('/:id', (request, response) => {
    metrics.counter('orders.shown', 2.5);
    response.json({ id: request.params.id, correlationId: request.correlationId });
  });
  orders.get('/:id/invoice', () => {
    throw new Error('no invoice');
  });
  // Express 4 does not look at promises.
  orders.post('/', express.json(), (request, response, next) => {
    desk.place(workflows, request.body).then(() => response.status(201).json({}), next);
  });
  app.use('/shops/:shop/orders', orders);
}

/** A shop on the Express that is installed, listening on a free port. */
export async function openExpressApp(serviceName) {
  const express = await row.load('express').then((loaded) => loaded.default ?? loaded);
  const { observability } = await row.load('@pg-observability/express');
  const { store, desk } = await openParts();
  const telemetry = observability({ serviceName, store, logger: createQuietLogger() });
  const app = express();
  app.set('env', 'test'); // Express prints errors otherwise.
  app.use(telemetry.probes());
  app.use(telemetry.middleware());
  mountRoutes(app, express, telemetry, desk);
  app.use(telemetry.errorHandler());
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    observability: telemetry.observability,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await telemetry.observability.shutdown();
      await desk.close();
      await store.close?.();
    },
  };
}
