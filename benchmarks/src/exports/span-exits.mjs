// The ways out of the process that S3 and S4 compare.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import { createObservability, PostgreSQLSpanExporter } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { processorOf } from '../reference-spans.mjs';

const { BENCH_DATABASE_URL: databaseUrl, BENCH_SINK_URL: sinkUrl } = process.env;

export const otlpExporter = () => new OTLPTraceExporter({ url: `${sinkUrl}/v1/traces` });
export const ourExporter = () => new PostgreSQLSpanExporter(postgresStore(databaseUrl));

/** The processor of a variant with `flush`, which resolves when it has nothing more to send. */
export function openProcessor(variant) {
  switch (variant) {
    case 'ours': {
      const store = postgresStore(databaseUrl);
      const observability = createObservability({ serviceName: 'bench', store, outgoing: false });
      return { processor: observability.spanProcessor, flush: () => observability.flush(60_000) };
    }
    case 'stock': {
      // The default of 2,048 would drop most of what comes in a burst.
      const processor = new BatchSpanProcessor({ exporter: otlpExporter(), maxQueueSize: 50_000 });
      return { processor, flush: () => processor.forceFlush() };
    }
    default:
      return { processor: processorOf(), flush: async () => {} };
  }
}
