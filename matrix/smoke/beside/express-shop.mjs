import { once } from 'node:events';
import { row } from '../row.mjs';
import { settings } from './settings.mjs';

async function openTelemetry(tool) {
  if (!settings.isObserved) {
    return undefined;
  }
  const { observability } = await row.load('@pg-observability/express');
  if (tool.observability !== undefined) {
    return observability({ observability: tool.observability });
  }
  const { postgresStore } = await row.load('@pg-observability/core/node-postgres');
  return observability({ serviceName: settings.serviceName, store: postgresStore(settings.databaseUrl) });
}

function mountRoutes(app, express, desk) {
  app.get('/orders/:id', async (request, response) => {
    response.json(await desk.show(request.params.id));
  });
  app.post('/orders', express.json(), (request, response) => {
    response.status(201).json(request.body);
  });
  app.get('/fail', () => {
    throw new Error('broken');
  });
}

/** The shop on Express 5. */
export async function openExpressShop(desk, tool) {
  const express = await row.load('express').then((loaded) => loaded.default ?? loaded);
  const telemetry = await openTelemetry(tool);
  const app = express();
  if (telemetry !== undefined) {
    app.use(telemetry.middleware());
  }
  mountRoutes(app, express, desk);
  tool.setupErrorHandler?.(app);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stats: () => telemetry?.observability.stats(),
    close: async () => {
      server.close();
      server.closeIdleConnections();
      await telemetry?.observability.shutdown();
    },
  };
}
