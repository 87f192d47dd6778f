import { EventEmitter, once } from 'node:events';
import { decorateMethod } from './nest-app.mjs';
import { createQuietLogger, openStore, row } from './row.mjs';

/** The shop says `began` when a slow message is being processed, and processes it on `go on`. */
export const shopEvents = new EventEmitter();

async function createMessages() {
  const { Controller, UseInterceptors } = await row.load('@nestjs/common');
  const { MessagePattern } = await row.load('@nestjs/microservices');
  const { MessageInterceptor } = await row.load('@pg-observability/nestjs');
  const { currentCorrelationId } = await row.load('@pg-observability/core');

  class Messages {
    price() {
      return currentCorrelationId();
    }

    broken() {
      throw new Error('no price');
    }

    async slow() {
      const goesOn = once(shopEvents, 'go on');
      shopEvents.emit('began');
      await goesOn;
      return 'done';
    }
  }
  for (const name of ['price', 'broken', 'slow']) {
    decorateMethod(Messages, name, [MessagePattern(name)]);
  }
  // Nest 11 has no hook for messages; where Nest 12 has seen one, the interceptor adds nothing.
  UseInterceptors(MessageInterceptor)(Messages);
  Controller()(Messages);
  return Messages;
}

async function createJobs() {
  const { Injectable } = await row.load('@nestjs/common');
  const { Cron } = await row.load('@nestjs/schedule');
  class Jobs {
    async closeYear() {}
  }
  decorateMethod(Jobs, 'closeYear', [Cron('0 0 1 1 *', { name: 'close the year' })]);
  Injectable()(Jobs);
  return Jobs;
}

async function createModule(serviceName, parts) {
  const { Module } = await row.load('@nestjs/common');
  const { ObservabilityModule } = await row.load('@pg-observability/nestjs');
  const { imports = [], ...others } = parts;
  const options = { serviceName, store: await openStore(), logger: createQuietLogger() };
  class ShopModule {}
  Module({ imports: [ObservabilityModule.forRoot(options), ...imports], ...others })(ShopModule);
  return ShopModule;
}

async function connect(microservice) {
  const { ClientProxyFactory, Transport } = await row.load('@nestjs/microservices');
  const { propagateTrace } = await row.load('@pg-observability/nestjs');
  const { firstValueFrom } = await row.load('rxjs');
  const options = { host: '127.0.0.1', port: microservice.unwrap().address().port };
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
  const sendsTrace = typeof client.setOnDispatchHook === 'function';
  if (sendsTrace) {
    propagateTrace(client);
  }
  const ask = (pattern) => firstValueFrom(client.send(pattern, {}));
  return { sendsTrace, ask, close: () => client.close() };
}

/** A hybrid application with messages over TCP and jobs, and a client of it: one of Nest 11 cannot send the trace. */
export async function openShop(serviceName) {
  await row.load('reflect-metadata');
  const { NestFactory } = await row.load('@nestjs/core');
  const { Transport } = await row.load('@nestjs/microservices');
  const { ScheduleModule } = await row.load('@nestjs/schedule');
  const module = await createModule(serviceName, {
    imports: [ScheduleModule.forRoot()],
    controllers: [await createMessages()],
    providers: [await createJobs()],
  });
  const { ExpressAdapter } = await row.load('@nestjs/platform-express');
  const app = await NestFactory.create(module, new ExpressAdapter(), { logger: false, abortOnError: false });
  const options = { host: '127.0.0.1', port: 0 };
  const microservice = app.connectMicroservice({ transport: Transport.TCP, options });
  await app.startAllMicroservices();
  await app.init();
  return { app, client: await connect(microservice) };
}

/** Ends what {@link openShop} has opened; all that was recorded is stored then. */
export async function closeShop(app, client) {
  client.close();
  await app.close();
}

/** Runs a command of nest-commander to its end. Answers what each call has seen: its argument, and its correlation ID. */
export async function runCommand(serviceName, args) {
  await row.load('reflect-metadata');
  const { Command, CommandFactory, CommandRunner } = await row.load('nest-commander');
  const { Traced } = await row.load('@pg-observability/nestjs');
  const { currentCorrelationId } = await row.load('@pg-observability/core');
  const seen = [];
  class SendInvoices extends CommandRunner {
    async run([orderId]) {
      seen.push([orderId, currentCorrelationId()]);
    }
  }
  decorateMethod(SendInvoices, 'run', [Traced('send invoices')]);
  Command({ name: 'send-invoices', arguments: '<order>' })(SendInvoices);
  const module = await createModule(serviceName, { providers: [SendInvoices] });
  process.argv = [...process.argv.slice(0, 2), ...args];
  await CommandFactory.run(module, { logger: false });
  return seen;
}
