import { createObservability, type HttpTelemetryOptions, type Observability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createHttpRows, createQuietLogger, type HttpRows, testDatabase } from '@pg-observability/testkit';
import type { Express } from 'express';
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { type ExpressObservability, observability } from '../src/index.ts';
import { listen } from './listen.ts';

/** An instance on a real database, and what it has stored. */
export interface TestInstance {
  readonly observability: Observability;
  readonly rows: HttpRows;
}

let database: Promise<string> | undefined;

/** Makes an instance that is shut down when the test has ended. */
export async function openInstance(http?: HttpTelemetryOptions): Promise<TestInstance> {
  database ??= testDatabase().then(({ url }) => url);
  const instance = createObservability({
    serviceName: `express-${randomUUID()}`,
    store: postgresStore(await database),
    logger: createQuietLogger(),
    http,
  });
  onTestFinished(() => instance.shutdown());
  return { observability: instance, rows: createHttpRows(instance) };
}

/** An application that listens until the test has ended. */
export interface TestApp extends TestInstance {
  readonly url: string;
}

/** Serves what `build` makes, with telemetry on a real database. */
export async function openApp(
  build: (telemetry: ExpressObservability) => Express,
  http?: HttpTelemetryOptions,
): Promise<TestApp> {
  const instance = await openInstance(http);
  const server = await listen(build(observability({ observability: instance.observability })));
  // Runs before the instance is shut down.
  onTestFinished(() => server.close());
  return { ...instance, url: server.url };
}
