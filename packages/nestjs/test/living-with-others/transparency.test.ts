import { Body, Controller, Get, HttpCode, Param, Post, Redirect } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  describeTransparencyContract,
  mountNeighbours,
  RAW_HANDLERS,
  serveWebSocket,
} from '@pg-observability/testkit';
import type { TransparencyOptions, TransparentApp } from '@pg-observability/testkit';
import { ObservabilityModule } from '../../src/index.ts';
import { createAdapter } from '../support/platform.ts';
import type { Platform } from '../support/platform.ts';

describeTransparencyContract('NestJS on Express', (options) => openApp('express', options));
describeTransparencyContract('NestJS on Fastify', (options) => openApp('fastify', options));

@Controller()
class TransparentController {
  @Get('hello/:name')
  hello(@Param('name') name: string): unknown {
    return { hello: name };
  }

  @Post('echo')
  @HttpCode(200)
  echo(@Body() body: unknown): unknown {
    return { body };
  }

  @Get('fail')
  fail(): never {
    throw new Error('broken');
  }

  @Get('moved')
  @Redirect('/hello/ada')
  moved(): void {
    // The decorator answers.
  }

  @Get('empty')
  @HttpCode(204)
  empty(): void {
    // The decorator answers.
  }
}

async function openApp(platform: Platform, options: TransparencyOptions): Promise<TransparentApp> {
  const module = {
    module: class TransparentModule {},
    imports: options.observability === undefined ? [] : [ObservabilityModule.forRoot(options.observability)],
    controllers: [TransparentController],
  };
  const app = await NestFactory.create(module, createAdapter(platform), {
    logger: false,
    abortOnError: false,
    forceCloseConnections: true,
  });
  mountNeighbours((path, ...handlers) => handlers.forEach((handler) => app.use(path, handler)), options);
  for (const [path, handler] of Object.entries(RAW_HANDLERS)) {
    app.use(path, handler);
  }
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer() as Server;
  serveWebSocket(server);
  return { port: (server.address() as AddressInfo).port, close: () => app.close() };
}
