// The same by -r, in CommonJS.
const { getNodeAutoInstrumentations } = require('@opentelemetry/auto-instrumentations-node');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
const { NodeSDK } = require('@opentelemetry/sdk-node');
const { BatchSpanProcessor } = require('@opentelemetry/sdk-trace');
const { createObservability } = require('@pg-observability/core');
const { postgresStore } = require('@pg-observability/core/node-postgres');
const { settings } = require('./settings.mjs');

const { serviceName, databaseUrl } = settings;
const observability = settings.isObserved
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

exports.observability = observability;
exports.close = () => sdk.shutdown();
