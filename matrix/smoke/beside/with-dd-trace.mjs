// What an application with dd-trace loads before anything else, by --import.
import 'dd-trace/initialize.mjs';
import tracer from 'dd-trace';
import { createObservability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { settings } from './settings.mjs';

const { serviceName, databaseUrl } = settings;
export const observability = settings.isObserved
  ? createObservability({ serviceName, store: postgresStore(databaseUrl) })
  : undefined;

if (settings.hasProvider) {
  const spanProcessors = settings.isConnected ? [observability.spanProcessor] : [];
  new tracer.TracerProvider({ spanProcessors }).register();
}
