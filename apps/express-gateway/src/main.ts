import express from 'express';
import pg from 'pg';
import { httpCheck } from '@pg-observability/core';
import { observability } from '@pg-observability/express';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createCatalogue } from './catalogue.ts';
import { createOrdersClient } from './orders-client.ts';

const port = Number(process.env['PORT'] ?? 4310);
const databaseUrl = process.env['DATABASE_URL'];
const webhook = process.env['ALERT_WEBHOOK_URL'];
const alertGroupWaitMs = Number(process.env['ALERT_GROUP_WAIT_MS'] ?? 10_000);
const pool = new pg.Pool({ connectionString: databaseUrl });
// An idle connection that ends with the server would end this process; the next query tells of it.
pool.on('error', (error) => console.error(`express-gateway lost a connection: ${error.message}`));
const catalogue = await createCatalogue(pool);
const ordersUrl = process.env['ORDERS_URL'] ?? 'http://127.0.0.1:4311';
const orders = createOrdersClient(ordersUrl);

const telemetry = observability({
  serviceName: 'express-gateway',
  store: postgresStore(databaseUrl),
  // Products can be looked at without the order service.
  health: { checks: { orders: { check: httpCheck(`${ordersUrl}/livez`), critical: false, cacheMs: 1_000 } } },
  // Longer than the interval of the probe, so that no request comes any more when the server closes.
  shutdown: { drainDelayMs: Number(process.env['DRAIN_DELAY_MS'] ?? 0) },
  // One of the three does the housekeeping and looks for stuck orders; whoever it is tells of them.
  stuckWorkflows: { intervalMs: Number(process.env['STUCK_INTERVAL_MS'] ?? 60_000) },
  alerts: {
    groupWaitMs: alertGroupWaitMs,
    groupIntervalMs: 3 * alertGroupWaitMs,
    receivers: webhook === undefined ? {} : { hook: { kind: 'webhook', url: webhook } },
  },
});
const app = express();
app.use(telemetry.probes());
app.use(telemetry.middleware());
app.use(express.json());

app.get('/products/:sku', async (request, response) => {
  const product = await catalogue.find(request.params.sku);
  response.status(product === undefined ? 404 : 200).json(product ?? { error: 'no such product' });
});

app.post('/orders', async (request, response) => {
  const { sku, quantity = 1 } = request.body as { sku: string; quantity?: number };
  if ((await catalogue.find(sku)) === undefined) {
    response.status(404).json({ error: 'no such product', correlationId: request.correlationId });
    return;
  }
  const order = await orders.place(sku, quantity);
  telemetry.observability.metrics.counter('orders.accepted', 1, { sku });
  response.status(201).json({ ...order, correlationId: request.correlationId });
});

app.get('/orders/:id', async (request, response) => {
  response.json(await orders.find(request.params.id));
});

app.use(telemetry.errorHandler());

const server = app.listen(port, '127.0.0.1', (error?: Error) => {
  if (error !== undefined) {
    console.error(`express-gateway cannot listen on port ${port}: ${error.message}`);
    process.exit(1);
  }
  console.log(`express-gateway listens on http://127.0.0.1:${port}`);
});
telemetry.observability.handleSignals({ server });
