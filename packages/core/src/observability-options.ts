import type { AlertingOptions } from './alerts/alerting-options.ts';
import type { AlertDeliveryOptions } from './alerts/delivery/delivery-options.ts';
import { ObservabilityError } from './errors/observability-error.ts';
import type { ErrorGroupingOptions } from './error-groups/error-grouping-options.ts';
import type { HealthCheckerOptions } from './health/health-checker.ts';
import type { HousekeepingOptions } from './housekeeping/housekeeping-options.ts';
import type { HttpTelemetryOptions } from './http/http-server-telemetry.ts';
import type { IngestOptions } from './ingest/ingest-options.ts';
import type { OutgoingOptions } from './outgoing/outgoing-options.ts';
import type { RuntimeMetricsOptions } from './runtime/runtime-metrics-options.ts';
import type { KeepOptions } from './tracing/sampling/keep-options.ts';
import type { SpanSampling } from './tracing/span-sampling.ts';
import type { ObservabilityLogger } from './logging/logger.ts';
import type { Redact } from './sanitize/redact.ts';
import type { SchemaMode } from './storage/schema/ensure-observability-tables.ts';
import type { SqlStore } from './storage/sql-store.ts';
import type { Attributes, SpanExporter } from './tracing/opentelemetry-types.ts';
import type { ExporterQueueOptions } from './tracing/tee/exporter-options.ts';
import type { StuckWorkflowOptions } from './workflows/stuck-workflow-options.ts';
import type { WorkflowDefinition } from './workflows/workflow-definition.ts';
import { assertServiceName } from './tracing/setup-tracing.ts';

/** Options of {@link createObservability}. Only `serviceName` is needed. */
export interface ObservabilityOptions {
  /** The attribute `service.name`, 1 to 255 characters. `OTEL_SERVICE_NAME` wins over it. */
  serviceName: string;
  /** Where everything is kept. Default: `DATABASE_URL`, else the embedded store (never in production). */
  store?: SqlStore | undefined;
  /** What to do about the schema. Default `ensure`. */
  schema?: SchemaMode | undefined;
  /** Where the few lines go. Default: the console. */
  logger?: ObservabilityLogger | undefined;
  /** Runs on everything recorded, after the default list of what is secret. */
  redact?: Redact | undefined;
  /** False switches the default list off; then only `redact` runs. Default true. */
  redactDefaults?: boolean | undefined;
  /** Resource attributes besides `service.name`, for example `{ 'service.version': '1.4.0' }`. */
  resourceAttributes?: Attributes | undefined;
  /** Milliseconds after which awaited calls give up with `STORE_UNAVAILABLE`. Default 5,000. */
  timeoutMs?: number | undefined;
  /** Checks behind the probes. */
  health?: Omit<HealthCheckerOptions, 'logger' | 'serviceName'> | undefined;
  /** Correlation IDs and request telemetry. */
  http?: HttpTelemetryOptions | undefined;
  /** Calls the application makes: spans, the metric, and which hosts get the headers. False leaves them alone. */
  outgoing?: OutgoingOptions | false | undefined;
  /** What waits for the database, spans and metrics together: how much in memory, and how much on disk. */
  ingest?: IngestOptions | undefined;
  /** Spans: how many wait in memory, and for how long. */
  spans?: SpanIngestOptions | undefined;
  /** Metrics: how long a window is. */
  metrics?: { flushIntervalMs?: number | undefined; maxSeriesPerMetric?: number | undefined } | undefined;
  /**
   * CPU, memory, event loop and garbage collector of the process, by OpenTelemetry's names: some 25 series, recorded with every
   * window of metrics, and every five minutes while the application records nothing. Of several instances in a process one
   * records. Default true.
   */
  runtimeMetrics?: RuntimeMetricsOptions | boolean | undefined;
  /**
   * Partitions ahead, retention and the size budget, done by one process at a time. Default: hourly, spans kept 14 days, metrics
   * 31, alerts and workflows a year; nothing with `schema: 'off'`. False leaves it to others, see `runHousekeeping`.
   */
  housekeeping?: HousekeepingOptions | false | undefined;
  /** Definitions of workflows, made by `defineWorkflow`: what they do not allow is refused. Default none. */
  workflows?: readonly WorkflowDefinition[] | undefined;
  /**
   * How stuck workflows are told: the severity of the alert, and how often they are looked for, by the process that does the
   * housekeeping. Default: `warning`, every minute. False looks for none.
   */
  stuckWorkflows?: StuckWorkflowOptions | false | undefined;
  /**
   * What is watched, who is told of alerts, and when. Rules are evaluated by one process of the service at a time. Default: no
   * rules, and nobody is told; alerts are rows.
   */
  alerts?: (AlertingOptions & AlertDeliveryOptions) | undefined;
  /**
   * Errors that spans record, counted by group: how often they are stored, and how many kinds are told apart in between. False counts
   * none.
   */
  errors?: ErrorGroupingOptions | false | undefined;
  /** How the instance shuts down. */
  shutdown?: ShutdownOptions | undefined;
}

/** How spans wait for the database. */
export interface SpanIngestOptions {
  /** Share of new traces that is recorded, 0 to 1. Default: what `OTEL_TRACES_SAMPLER` says, else all. */
  sampling?: SpanSampling | undefined;
  /**
   * Rules by which traces are kept once it is known what became of them. Default: none, all that is recorded is kept. With
   * rules, what `sampling` drops is recorded all the same, for a rule may want it: `sampling` then decides the flag that other
   * services see, and is one more ratio of the rest.
   */
  keep?: KeepOptions | undefined;
  /**
   * Further exporters that get what is stored, masked alike, each over a queue of its own: `[new OTLPTraceExporter()]`. None of
   * them can hold up the database or another one; they are shut down with the instance. Default none.
   */
  exporters?: readonly SpanExporter[] | undefined;
  /** How spans wait for each of `exporters`. */
  exporterQueue?: ExporterQueueOptions | undefined;
  /** Spans kept in memory at most. Default 50,000. */
  maxQueuedSpans?: number | undefined;
  /** Spans of one batch at most. Default 2,000. */
  maxBatchSpans?: number | undefined;
  /** Milliseconds a span waits at most before it is written. Default 500. */
  flushIntervalMs?: number | undefined;
}

/** How an instance shuts down. */
export interface ShutdownOptions {
  /** Milliseconds between refusing readiness and the rest, for load balancers to notice. Default 0; Kubernetes wants about 5,000. */
  drainDelayMs?: number | undefined;
  /** Milliseconds to wait for requests, messages and jobs in flight. Default 3,000. */
  drainTimeoutMs?: number | undefined;
  /** Milliseconds the last flush may take. Default 5,000. */
  flushTimeoutMs?: number | undefined;
}

/** Numbers of the options with their defaults filled in. */
export interface ResolvedNumbers {
  timeoutMs: number;
  maxQueuedSpans: number;
  maxBatchSpans: number;
  spanFlushIntervalMs: number;
  drainDelayMs: number;
  drainTimeoutMs: number;
  flushTimeoutMs: number;
}

/**
 * Checks the options and fills the defaults in.
 * @throws `INVALID_OPTION`, `INVALID_ARGUMENT` with what came and what is expected
 */
export function resolveNumbers(options: ObservabilityOptions): ResolvedNumbers {
  if (typeof options !== 'object' || options === null) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `createObservability got ${options === null ? 'null' : typeof options}; expected options, for example { serviceName: 'order-service' }.`,
    );
  }
  assertServiceName(options.serviceName);
  const { spans, shutdown } = options;
  return {
    timeoutMs: number('timeoutMs', options.timeoutMs, 5_000, 1),
    maxQueuedSpans: number('spans.maxQueuedSpans', spans?.maxQueuedSpans, 50_000, 1),
    maxBatchSpans: number('spans.maxBatchSpans', spans?.maxBatchSpans, 2_000, 1),
    spanFlushIntervalMs: number('spans.flushIntervalMs', spans?.flushIntervalMs, 500, 1),
    drainDelayMs: number('shutdown.drainDelayMs', shutdown?.drainDelayMs, 0, 0),
    drainTimeoutMs: number('shutdown.drainTimeoutMs', shutdown?.drainTimeoutMs, 3_000, 0),
    flushTimeoutMs: number('shutdown.flushTimeoutMs', shutdown?.flushTimeoutMs, 5_000, 1),
  };
}

// The largest delay a timer takes; a larger one would fire at once.
const MAX_NUMBER = 2_147_483_647;

function number(name: string, value: unknown, fallback: number, least: number): number {
  if (value === undefined) {
    return fallback;
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > MAX_NUMBER) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `${name} is ${String(value).slice(0, 40)}; expected a whole number from ${least} to ${MAX_NUMBER}. The default is ${fallback}.`,
    );
  }
  return value;
}
