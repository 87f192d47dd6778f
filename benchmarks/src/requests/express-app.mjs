import express from 'express';
import { once } from 'node:events';

/** An Express 5 application with one route. */
export async function openExpress(variant) {
  const app = express();
  const telemetry = await mounts[variant]?.(app);
  app.get('/orders/:id', (request, response) => {
    response.json({ id: request.params.id, state: 'placed', items: [{ sku: 'lamp', count: 2 }] });
  });
  if (telemetry !== undefined) {
    app.use(telemetry.errorHandler());
  }
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: server.address().port, flush: () => telemetry?.observability.flush() };
}

const mounts = {
  ours: (app) => mountOurs(app, {}),
  // Without what makes Express itself faster on Node.js 20 and 22.
  unadopted: (app) => mountOurs(app, { adoptPrototypes: false }),
  bundle: async (app) => {
    const { default: promBundle } = await import('express-prom-bundle');
    const { default: rTracer } = await import('cls-rtracer');
    app.use(rTracer.expressMiddleware());
    app.use(promBundle({ includeMethod: true, includePath: true }));
  },
};

async function mountOurs(app, http) {
  const { observability } = await import('@pg-observability/express');
  const { postgresStore } = await import('@pg-observability/core/node-postgres');
  const telemetry = observability({
    serviceName: 'bench',
    store: postgresStore(process.env.BENCH_DATABASE_URL),
    http,
  });
  await telemetry.observability.start();
  app.use(telemetry.probes());
  app.use(telemetry.middleware());
  return telemetry;
}
