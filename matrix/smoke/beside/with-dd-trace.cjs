// The same by -r, in CommonJS.
const tracer = require('dd-trace').init();
const { createObservability } = require('@pg-observability/core');
const { postgresStore } = require('@pg-observability/core/node-postgres');
const { settings } = require('./settings.mjs');

const { serviceName, databaseUrl } = settings;
const observability = settings.isObserved
  ? createObservability({ serviceName, store: postgresStore(databaseUrl) })
  : undefined;

if (settings.hasProvider) {
  const spanProcessors = settings.isConnected ? [observability.spanProcessor] : [];
  new tracer.TracerProvider({ spanProcessors }).register();
}

exports.observability = observability;
