import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowStateTracker } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { startPostgres } from '@pg-observability/testkit/postgres';
import { parseDemoOptions, USAGE } from './demo-options.ts';
import type { DemoOptions } from './demo-options.ts';
import { assertPortFree } from './free-port.ts';
import { createProgress } from './progress.ts';
import { printReport } from './report/print-report.ts';
import { countRequests, readTrace } from './report/read-report.ts';
import { sendTraffic } from './send-traffic.ts';
import type { TrafficSummary } from './send-traffic.ts';
import { startService } from './service-process.ts';
import type { ServiceProcess } from './service-process.ts';

const SERVICES = 3;
const STORED_TIMEOUT_MS = 30_000;

// Everything that was started, to be stopped in the opposite order.
const started: { stop(): Promise<unknown> }[] = [];
const progress = createProgress((text) => process.stdout.write(text));
let stopping: Promise<void> | undefined;

function stopAll(): Promise<void> {
  stopping ??= (async () => {
    for (const each of started.reverse()) {
      await each.stop().catch((error: unknown) => console.error(error));
    }
  })();
  return stopping;
}

async function startDatabase(options: DemoOptions): Promise<string> {
  if (options.databaseUrl !== undefined) {
    return options.databaseUrl;
  }
  const postgres = await progress('PostgreSQL 18 from npm', () => startPostgres({ major: 18 }));
  started.push(postgres);
  return postgres.url;
}

async function startServices(options: DemoOptions, databaseUrl: string): Promise<ServiceProcess[]> {
  const environment = {
    DATABASE_URL: databaseUrl,
    ORDERS_URL: `http://127.0.0.1:${options.ordersPort}`,
  };
  const services: ServiceProcess[] = [];
  // The order service makes the table the worker reads, so it goes first; the gateway is listed first, as requests go.
  for (const [name, port] of [
    ['nestjs-orders', options.ordersPort],
    ['typeorm-fulfilment', options.fulfilmentPort],
    ['express-gateway', options.gatewayPort],
  ] as const) {
    const service = await progress(`${name} on port ${port}`, () => startService(name, port, environment));
    started.push(service);
    services.push(service);
  }
  return [services[2], services[0], services[1]].filter((service) => service !== undefined);
}

/** Waits until the order is fulfilled, its trace is whole and each request is counted; answers how many are. */
async function untilStored(
  databaseUrl: string,
  { requests }: TrafficSummary,
  order: { id: string; correlationId: string },
  since: Date,
): Promise<number> {
  const store = postgresStore(databaseUrl);
  const workflows = new WorkflowStateTracker(store);
  let counted = 0;
  const isStored = async (): Promise<boolean> => {
    counted = await countRequests(store, 'express-gateway', since);
    const workflow = await workflows.getWorkflow(order.id);
    const { spans } = await readTrace(store, order.correlationId);
    const services = new Set(spans.map((span) => span.service));
    return counted >= requests && workflow?.finishedAt !== null && services.size === SERVICES;
  };
  const deadline = Date.now() + STORED_TIMEOUT_MS;
  while (!(await isStored()) && Date.now() < deadline) {
    await delay(100);
  }
  await store.close?.();
  return counted;
}

async function run(options: DemoOptions): Promise<void> {
  await assertPortFree(options.gatewayPort, '--gateway-port');
  await assertPortFree(options.ordersPort, '--orders-port');
  await assertPortFree(options.fulfilmentPort, '--fulfilment-port');
  const since = new Date();
  const databaseUrl = await startDatabase(options);
  const services = await startServices(options, databaseUrl);
  const gateway = services[0] as ServiceProcess;
  const traffic = await progress(`${options.seconds} s of HTTP traffic`, () =>
    sendTraffic(gateway.url, options.seconds),
  );
  const order = traffic.orders.findLast((each) => each.sku !== 'unicorn');
  if (order === undefined) {
    throw new Error(`No order was placed; the gateway answered ${JSON.stringify(traffic.statuses)}.`);
  }
  const counted = await progress('everything stored', () => untilStored(databaseUrl, traffic, order, since));
  console.log(
    `  ${traffic.requests} requests sent to the gateway, ${counted} counted in observability.metrics; ${traffic.orders.length} orders placed; answers ${JSON.stringify(traffic.statuses)}`,
  );
  const store = postgresStore(databaseUrl);
  await printReport({ store, order, services, databaseUrl, since }, console.log);
  await store.close?.();
}

async function main(): Promise<number> {
  let options: DemoOptions;
  try {
    options = parseDemoOptions(process.argv.slice(2), process.env);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const interrupted = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
    // `npm start` holds a channel to us; when it is killed, we end too.
    process.once('disconnect', resolve);
  });
  try {
    const done = run(options);
    const first = await Promise.race([
      done.then(() => 'done' as const),
      interrupted.then(() => 'interrupted' as const),
    ]);
    done.catch(() => undefined);
    if (first === 'done' && !options.once) {
      console.log('\nEverything stays up. Press Ctrl-C to stop it all.');
      await interrupted;
    }
    return 0;
  } catch (error) {
    console.error(`\n${(error as Error).message}`);
    return 1;
  } finally {
    if (started.length > 0) {
      console.log('\nStopping …');
    }
    await stopAll();
    // A listened-to channel keeps the process alive.
    if (process.connected) {
      process.disconnect();
    }
  }
}

process.exitCode = await main();
