import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { AlertManager, WorkflowStateTracker } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { startPostgres } from '@pg-observability/testkit/postgres';
import { createProgress } from '../progress.ts';
import { toTable } from '../report/text-table.ts';
import { startService } from '../service-process.ts';
import type { ServiceProcess } from '../service-process.ts';
import { startHook } from './hook.ts';
import type { DrillParts, Scene, ServiceName } from './parts.ts';
import { DrillReport } from './report.ts';
import { databaseStopped } from './scenes/database-stopped.ts';
import { evaluatorKilled } from './scenes/evaluator-killed.ts';
import { gatewayTerminated } from './scenes/gateway-terminated.ts';
import { orderStuck } from './scenes/order-stuck.ts';
import { createTraffic } from './traffic.ts';

// `npm run drill`: what a team is on call for, on the example services, with a PostgreSQL of its own.
const SCENES: readonly Scene[] = [evaluatorKilled, orderStuck, databaseStopped, gatewayTerminated];

/** So that nobody waits for what takes minutes in production. */
const SHORT_TIMES = {
  ALERT_INTERVAL_MS: '1000',
  ALERT_GROUP_WAIT_MS: '0',
  DATABASE_AWAY_FOR: '5s',
  PICKED_WITHIN_MS: '3000',
  STUCK_INTERVAL_MS: '2000',
  DRAIN_DELAY_MS: '2000',
};

const APPS: Readonly<Record<ServiceName, string>> = {
  orders: 'nestjs-orders',
  orders2: 'nestjs-orders',
  fulfilment: 'typeorm-fulfilment',
  gateway: 'express-gateway',
};

// Everything that was started, to be stopped in the opposite order.
const started: { stop(): Promise<unknown> }[] = [];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startAll(): Promise<DrillParts> {
  const progress = createProgress((text) => process.stdout.write(text));
  const server = await progress('PostgreSQL 18 from npm', () => startPostgres({ major: 18 }));
  started.push(server);
  const hook = await startHook();
  started.push(hook);
  const ports = new Map<ServiceName, number>();
  for (const name of Object.keys(APPS) as ServiceName[]) {
    ports.set(name, await freePort());
  }
  const environment = {
    DATABASE_URL: server.url,
    ORDERS_URL: `http://127.0.0.1:${ports.get('orders')}`,
    ALERT_WEBHOOK_URL: hook.url,
    ...SHORT_TIMES,
  };
  const services: Partial<Record<ServiceName, ServiceProcess>> = {};
  const start = async (name: ServiceName): Promise<void> => {
    services[name] = await startService(APPS[name], ports.get(name) ?? 0, environment);
  };
  started.push({
    stop: () => Promise.all(Object.values(services).map((service) => service.stop())),
  });
  for (const name of Object.keys(APPS) as ServiceName[]) {
    await progress(APPS[name], () => start(name));
  }
  const store = postgresStore(server.url);
  started.push({ stop: async () => store.close?.() });
  return {
    server,
    store,
    alerts: new AlertManager(store, { serviceName: 'drill' }),
    workflows: new WorkflowStateTracker(store),
    hook,
    traffic: createTraffic(`http://127.0.0.1:${ports.get('gateway')}`),
    services: services as Record<ServiceName, ServiceProcess>,
    restart: start,
  };
}

async function stopAll(): Promise<void> {
  for (const each of started.splice(0).reverse()) {
    await each.stop().catch((error: unknown) => console.error(error));
  }
}

async function printAlerts({ alerts }: DrillParts): Promise<void> {
  const rows = (await alerts.list({ limit: 50 })).map((alert) => [
    alert.alertType,
    alert.severity,
    alert.state,
    `${alert.count}×`,
    alert.title.slice(0, 70),
  ]);
  console.log('\nAll alerts of the drill\n───────────────────────');
  toTable(['type', 'severity', 'state', 'raised', 'title'], rows).forEach((line) => console.log(line));
}

async function drill(): Promise<number> {
  const report = new DrillReport(console.log);
  const parts = await startAll();
  for (const scene of SCENES) {
    report.begin(scene.title);
    try {
      await scene.play(parts, report);
    } catch (error) {
      report.check((error as Error).message, false);
      await parts.traffic.pause();
    }
  }
  await printAlerts(parts).catch((error: unknown) => console.error(error));
  console.log(`\n${report.passed} passed, ${report.failed} failed`);
  return report.failed === 0 ? 0 : 1;
}

let isInterrupted = false;
const interrupt = (): void => {
  if (!isInterrupted) {
    isInterrupted = true;
    void stopAll().then(() => process.exit(130));
  }
};
process.once('SIGINT', interrupt);
process.once('SIGTERM', interrupt);
// `npm run drill` holds a channel to us; when it is killed, we end too.
process.once('disconnect', interrupt);

try {
  process.exitCode = await drill();
} catch (error) {
  console.error(`\n${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  process.removeListener('disconnect', interrupt);
  await stopAll();
  if (process.connected) {
    process.disconnect();
  }
}
