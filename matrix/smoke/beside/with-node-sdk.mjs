// What an application with NodeSDK loads before anything else, by --import.
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import { createObservability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { register } from 'node:module';
import { settings } from './settings.mjs';

// Without it the instrumentations see what is required, and not what is imported.
register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);

const { serviceName, databaseUrl } = settings;
export const observability = settings.isObserved
  ? createObservability({ serviceName, store: postgresStore(databaseUrl) })
  : undefined;

const exporter = new OTLPTraceExporter({ url: `${settings.intakeUrl}/v1/traces` });
const sdk = new NodeSDK({
  serviceName,
  instrumentations: [getNodeAutoInstrumentations()],
  spanProcessors: [
    new BatchSpanProcessor({ exporter }),
    ...(settings.isConnected ? [observability.spanProcessor] : []),
  ],
});
sdk.start();

export const close = () => sdk.shutdown();
