import { NestFactory } from '@nestjs/core';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { DynamicModule, INestApplication, LoggerService, Type } from '@nestjs/common';
import type { Observability } from '@pg-observability/core';
import { OBSERVABILITY } from '../../src/index.ts';
import { createAdapter } from './platform.ts';
import type { Platform } from './platform.ts';

export interface StartedApplication extends AsyncDisposable {
  app: INestApplication;
  url: string;
  observability: Observability;
}

/** Starts an application as main.ts does, on a free port of 127.0.0.1; `await using` closes it. */
export async function startApplication(
  module: Type | DynamicModule,
  platform: Platform | AbstractHttpAdapter,
  configure: (app: INestApplication) => unknown = () => undefined,
  logger: LoggerService | false = false,
): Promise<StartedApplication> {
  const adapter = typeof platform === 'string' ? createAdapter(platform) : platform;
  const app = await NestFactory.create(module, adapter, { logger, abortOnError: false });
  await configure(app);
  await app.listen(0, '127.0.0.1');
  return {
    app,
    url: await app.getUrl(),
    observability: app.get<Observability>(OBSERVABILITY),
    [Symbol.asyncDispose]: () => app.close(),
  };
}
