import type { INestMicroservice, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import type { ClientProxy } from '@nestjs/microservices';
import type { AddressInfo, Server } from 'node:net';
import { onTestFinished } from 'vitest';

/** Starts a microservice over TCP on a free port; it is closed when the test is over. */
export async function startMicroservice(module: Type): Promise<INestMicroservice> {
  const app = await NestFactory.createMicroservice(module, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: 0 },
    logger: false,
  });
  await app.listen();
  onTestFinished(() => app.close());
  return app;
}

/** A client of a microservice over TCP; it is closed when the test is over. */
export function connectClient(app: INestMicroservice): ClientProxy {
  const { port } = app.unwrap<Server>().address() as AddressInfo;
  const client = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
  });
  onTestFinished(() => client.close());
  return client;
}
