// An SDK of the user's own takes our exporter and our processor as they are.
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { createObservability, PostgreSQLSpanExporter } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';

const store = postgresStore('postgres://localhost/shop');
const exporter = new PostgreSQLSpanExporter(store);
const { spanProcessor } = createObservability({ serviceName: 'typed', store });

export const provider: TracerProvider = new TracerProvider({
  spanProcessors: [new BatchSpanProcessor({ exporter }), spanProcessor],
});
// @ts-expect-error a store is not an exporter
export const wrong: BatchSpanProcessor = new BatchSpanProcessor({ exporter: store });
