import { ObservabilityError } from '../errors/observability-error.ts';
import { flushBeforeExit } from '../lifecycle/flush-before-exit.ts';
import { IngestWriter } from '../ingest/ingest-writer.ts';
import { storeBatch } from '../ingest/store-batch.ts';
import { createLog } from '../logging/log-once.ts';
import { createRedact } from '../sanitize/redact.ts';
import type { Redact } from '../sanitize/redact.ts';
import type { StoreAccessOptions } from '../storage/store-access.ts';
import { assertStore } from '../storage/store-access.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import { offerDefaultTracing } from './current-tracer.ts';
import type { Attributes, Tracer } from './opentelemetry-types.ts';
import { SpanQueueProcessor } from './span-queue-processor.ts';
import { SpanEncoder } from './span-encoder.ts';
import { Tracing } from './tracing.ts';

/** Options of {@link setupTracing}. */
export interface SetupTracingOptions extends StoreAccessOptions {
  /** Where spans are stored. Without one, spans and IDs are made and nothing is stored. */
  store?: SqlStore | undefined;
  /** Resource attributes besides `service.name`. */
  resourceAttributes?: Attributes | undefined;
  /** Runs on everything recorded, after the default list. */
  redact?: Redact | undefined;
  /** Milliseconds a span waits at most before it is written. Default 500. */
  flushIntervalMs?: number | undefined;
}

const byServiceName = new Map<string, Tracing>();

/**
 * Sets up tracing alone: a provider for this service, registered as OpenTelemetry's global one unless the application has its
 * own. `createObservability` does this and the rest.
 *
 * @param serviceName the attribute `service.name`; `OTEL_SERVICE_NAME` wins over it
 * @returns the tracer of the service; a second call with the same name answers the same
 * @throws `INVALID_ARGUMENT` when the name is empty or the store is none
 * @example `const tracer = setupTracing('billing', { store: postgresStore(process.env.DATABASE_URL) });`
 */
export function setupTracing(serviceName: string, options: SetupTracingOptions = {}): Tracer {
  assertServiceName(serviceName);
  const existing = byServiceName.get(serviceName);
  if (existing !== undefined) {
    return existing.use();
  }
  const log = createLog(options.logger);
  const processor = options.store === undefined ? undefined : createSpanProcessor(options.store, options);
  const tracing = new Tracing({
    serviceName,
    resourceAttributes: options.resourceAttributes,
    processor,
    log,
  });
  tracing.start();
  offerDefaultTracing(tracing);
  byServiceName.set(serviceName, tracing);
  return tracing.tracer;
}

/** Refuses a service name that is not text of 1 to 255 characters. */
export function assertServiceName(serviceName: unknown): asserts serviceName is string {
  if (typeof serviceName !== 'string' || serviceName.trim() === '' || serviceName.length > 255) {
    const got =
      typeof serviceName === 'string'
        ? `text of ${serviceName.length} characters`
        : String(typeof serviceName);
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `serviceName is ${got}; expected text of 1 to 255 characters, for example 'order-service'.`,
    );
  }
}

function createSpanProcessor(store: SqlStore, options: SetupTracingOptions): SpanQueueProcessor {
  assertStore(store);
  const writer = new IngestWriter({
    write: (batch) => storeBatch(store, batch, options),
    log: createLog(options.logger),
  });
  const processor = new SpanQueueProcessor(new SpanEncoder(createRedact(options.redact)), writer, {
    maxQueuedSpans: 50_000,
    maxBatchSpans: 2_000,
    flushIntervalMs: options.flushIntervalMs ?? 500,
    ownsWriter: true,
  });
  flushBeforeExit(processor);
  return processor;
}
