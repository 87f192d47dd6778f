import { ObservabilityError } from '../../errors/observability-error.ts';
import type { SpanExporter } from '../opentelemetry-types.ts';

/** How spans wait for a further exporter; each exporter has such a queue of its own. */
export interface ExporterQueueOptions {
  /** Spans kept in memory at most; further ones are dropped with a count. Default 5,000. */
  maxQueuedSpans?: number | undefined;
  /** Spans of one call of `export` at most. Default 512, as in OpenTelemetry's batch processor. */
  maxBatchSpans?: number | undefined;
  /** Milliseconds a span waits at most before it is exported. Default 1,000. */
  flushIntervalMs?: number | undefined;
  /** Milliseconds after which an export counts as failed. Default 10,000, as long as OTLP exporters take themselves. */
  exportTimeoutMs?: number | undefined;
}

/** {@link ExporterQueueOptions} with every default filled in. */
export interface ExporterLimits {
  readonly maxQueuedSpans: number;
  readonly maxBatchSpans: number;
  readonly flushIntervalMs: number;
  readonly exportTimeoutMs: number;
}

// The largest delay a timer takes; a larger one would fire at once.
const MAX_NUMBER = 2_147_483_647;

/**
 * Fills the defaults in.
 * @throws `INVALID_OPTION`
 */
export function resolveExporterLimits(options: ExporterQueueOptions = {}): ExporterLimits {
  if (typeof options !== 'object' || options === null) {
    refuse('spans.exporterQueue', options, 'an object such as { maxQueuedSpans: 5000 }');
  }
  return {
    maxQueuedSpans: whole('maxQueuedSpans', options.maxQueuedSpans, 5_000),
    maxBatchSpans: whole('maxBatchSpans', options.maxBatchSpans, 512),
    flushIntervalMs: whole('flushIntervalMs', options.flushIntervalMs, 1_000),
    exportTimeoutMs: whole('exportTimeoutMs', options.exportTimeoutMs, 10_000),
  };
}

/**
 * Refuses what is no list of exporters.
 * @throws `INVALID_OPTION`
 */
export function assertExporters(value: unknown): asserts value is readonly SpanExporter[] {
  if (!Array.isArray(value)) {
    refuse('spans.exporters', value, 'a list, for example [new OTLPTraceExporter()]');
  }
  value.forEach((exporter: unknown, index) => {
    const { export: exportSpans, shutdown } = (exporter ?? {}) as Partial<SpanExporter>;
    if (typeof exportSpans !== 'function' || typeof shutdown !== 'function') {
      refuse(`spans.exporters[${index}]`, exporter, 'an object with export() and shutdown()');
    }
  });
}

function whole(name: string, value: unknown, fallback: number): number {
  if (value === undefined) {
    return fallback;
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > MAX_NUMBER) {
    refuse(`spans.exporterQueue.${name}`, value, `a whole number from 1 to ${MAX_NUMBER}`);
  }
  return value;
}

function refuse(name: string, value: unknown, expected: string): never {
  const came = typeof value === 'object' && value !== null ? 'an object' : String(value).slice(0, 60);
  throw new ObservabilityError('INVALID_OPTION', `${name} is ${came}; expected ${expected}.`);
}
