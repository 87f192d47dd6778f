// Loaded by --import before the application, as OpenTelemetry's documentation says.
import { register } from 'node:module';
import fastifyOtel from '@fastify/otel';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NestInstrumentation } from '@opentelemetry/instrumentation-nestjs-core';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);

const [framework, variant] = process.argv.slice(2);
const url = process.env.BENCH_SINK_URL;
const spanProcessor = new BatchSpanProcessor({
  exporter: new OTLPTraceExporter({ url: `${url}/v1/traces` }),
});
const metricReader = new PeriodicExportingMetricReader({
  exporter: new OTLPMetricExporter({ url: `${url}/v1/metrics` }),
});
new NodeSDK({
  serviceName: 'bench',
  spanProcessors: [spanProcessor],
  metricReaders: [metricReader],
  logRecordProcessors: [],
  instrumentations: [
    new HttpInstrumentation(),
    new ExpressInstrumentation(),
    new NestInstrumentation(),
    ...fastifyInstrumentations(),
  ],
}).start();

globalThis.flushStockSdk = async () => {
  await spanProcessor.forceFlush();
  await metricReader.forceFlush();
};

// In place of Express' one, from which spans and metrics have their route.
function fastifyInstrumentations() {
  if (framework !== 'nest-fastify' || variant === 'stockHttp') {
    return [];
  }
  const hasSpansOfHooks = variant !== 'stockLean';
  return [
    new fastifyOtel.FastifyOtelInstrumentation({
      registerOnInitialization: true,
      instrumentHooks: hasSpansOfHooks,
      instrumentHandler: hasSpansOfHooks,
    }),
  ];
}
