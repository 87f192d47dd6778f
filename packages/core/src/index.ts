// Composition
export { createObservability } from './create-observability.ts';
export type { Observability, ObservabilityStats } from './observability.ts';
export type { ObservabilityOptions, ShutdownOptions, SpanIngestOptions } from './observability-options.ts';
export type { IngestOptions, SpoolSettings } from './ingest/ingest-options.ts';
export type { OutgoingOptions, PropagateTo } from './outgoing/outgoing-options.ts';
export { getCurrentInstance, getDefaultInstance } from './default-instance.ts';
export type { HandleSignalsOptions } from './lifecycle/handle-signals.ts';
export { counter, gauge, histogram, liveness, readiness, startup } from './module-functions.ts';

// Errors and logging
export { ERROR_CODES } from './errors/error-codes.ts';
export type { ErrorCode } from './errors/error-codes.ts';
export { isError } from './errors/is-error.ts';
export { ObservabilityError } from './errors/observability-error.ts';
export type { ObservabilityErrorOptions } from './errors/observability-error.ts';
export { correlationFormat, logFields } from './logging/log-fields.ts';
export type { CorrelationFormat, LogFields } from './logging/log-fields.ts';
export type { ObservabilityLogger } from './logging/logger.ts';

// Storage
export { ensureObservabilityTables, SCHEMA_VERSION } from './storage/schema/ensure-observability-tables.ts';
export type {
  EnsureOptions,
  SchemaMode,
  SchemaStatus,
} from './storage/schema/ensure-observability-tables.ts';
export { SCHEMA_DDL } from './storage/schema/embedded-schema.generated.ts';
export { schemaInstallScript } from './storage/schema/schema-install-script.ts';
export { toDatabaseTarget } from './storage/database-target.ts';
export { isDataError, isTransient, sqlState } from './storage/sql-state.ts';
export type { RowLoad, SqlResult, SqlRow, SqlRunner, SqlStore } from './storage/sql-store.ts';
export type { StoreAccessOptions } from './storage/store-access.ts';
export type { IngestStats } from './ingest/ingest-stats.ts';

// Housekeeping
export { runHousekeeping, storageForecast } from './housekeeping/run-housekeeping.ts';
export type { RunHousekeepingOptions } from './housekeeping/run-housekeeping.ts';
export type {
  HousekeepingReport,
  HousekeepingStep,
  HousekeepingStepReport,
} from './housekeeping/housekeeping-report.ts';
export type { HousekeepingStats } from './housekeeping/housekeeper.ts';
export type { HousekeepingOptions } from './housekeeping/housekeeping-options.ts';
export type { RetentionOptions } from './housekeeping/retention.ts';
export type { StorageForecast } from './housekeeping/storage-forecast.ts';

// Redaction
export { defaultRedact, redactText } from './sanitize/redact.ts';
export type { Redact } from './sanitize/redact.ts';

// Tracing and propagation
export { activeTrace, currentCorrelationId, generateCorrelationId } from './context/correlation-id.ts';
export type { ActiveTrace } from './context/correlation-id.ts';
export { continueTrace } from './tracing/continue-trace.ts';
export { getTracer } from './tracing/get-tracer.ts';
export { PostgreSQLSpanExporter } from './tracing/postgresql-span-exporter.ts';
export type { SpanExporterOptions, SpanExporterStats } from './tracing/postgresql-span-exporter.ts';
export { openIncomingOperation } from './tracing/open-incoming-operation.ts';
export type { IncomingOperation } from './tracing/open-incoming-operation.ts';
export { propagationHeaders } from './tracing/propagation-headers.ts';
export { setupTracing } from './tracing/setup-tracing.ts';
export type { SetupTracingOptions } from './tracing/setup-tracing.ts';
export type { KeepOptions } from './tracing/sampling/keep-options.ts';
export type { KeepRule } from './tracing/sampling/judge-trace.ts';
export type { SamplingStats } from './tracing/sampling/span-keep-stage.ts';
export type { SpanSampling } from './tracing/span-sampling.ts';
export type { ExporterQueueOptions } from './tracing/tee/exporter-options.ts';
export type { ExporterDropReason, ExporterStats } from './tracing/tee/exporter-queue.ts';
export type { TraceCarrier } from './tracing/trace-carrier.ts';
export { TracingContext } from './tracing/tracing-context.ts';
export type { Tracing, TracingStatus } from './tracing/tracing.ts';
export { isUntraced, untraced } from './tracing/untraced.ts';
export { withTracingContext } from './tracing/with-tracing-context.ts';
export type {
  Attributes,
  AttributeValue,
  Context,
  ExportResult,
  HrTime,
  Link,
  ReadableSpan,
  Span,
  SpanContext,
  SpanExporter,
  SpanOptions,
  SpanProcessor,
  SpanStatus,
  TimeInput,
  Tracer,
} from './tracing/opentelemetry-types.ts';

// Metrics
export { MetricsCollector } from './metrics/metrics-collector.ts';
export type { MetricsOptions } from './metrics/metrics-options.ts';
export type { MetricsStats } from './metrics/metrics-collector.ts';
export type {
  Metric,
  MetricLabels,
  MetricPoint,
  MetricQuery,
  MetricType,
  ObservationOptions,
  PercentileQuery,
} from './metrics/metric.ts';

// Health
export { HealthChecker } from './health/health-checker.ts';
export type { HealthStats } from './health/health-checker.ts';
export type {
  FlappingOptions,
  HealthChange,
  HealthCheckerOptions,
  HealthHistoryOptions,
} from './health/health-options.ts';
export type { HealthCheckContext, HealthCheckFunction, HealthCheckSettings } from './health/health-check.ts';
export type { HealthGroupOptions } from './health/health-groups.ts';
export type { HealthCheckDetail, HealthState, HealthStatus } from './health/health-status.ts';
export type { CheckStats } from './health/history/health-journal.ts';
export type { HealthHistoryStats } from './health/history/health-recorder.ts';
export type { HealthHistoryQuery, HealthUptimeQuery } from './health/history/history-query.ts';
export type { HealthHistoryEntry, HealthUptime } from './health/history/history-row.ts';
export type { LifecycleState, RecordedHealthState } from './health/history/recorded-state.ts';
export { rabbitmqCheck, redisCheck } from './health/checks/broker-checks.ts';
export type { AmqpChannelLike, RedisClientLike } from './health/checks/broker-checks.ts';
export { databaseCheck } from './health/checks/database-check.ts';
export { diskSpaceCheck } from './health/checks/disk-space-check.ts';
export type { DiskSpaceCheckOptions } from './health/checks/disk-space-check.ts';
export { eventLoopCheck } from './health/checks/event-loop-check.ts';
export type { EventLoopCheckOptions } from './health/checks/event-loop-check.ts';
export { heapCheck } from './health/checks/heap-check.ts';
export type { HeapCheckOptions } from './health/checks/heap-check.ts';
export { httpCheck } from './health/checks/http-check.ts';
export type { HttpCheckOptions } from './health/checks/http-check.ts';
export { hasRows } from './health/has-rows.ts';
export { healthStatusToHttp } from './health/health-status-to-http.ts';
export type { HealthHttpResponse, HealthToHttpOptions } from './health/health-status-to-http.ts';

// Workflows
export { WorkflowStateTracker } from './workflows/workflow-state-tracker.ts';
export type { WorkflowCalls } from './workflows/workflow-calls.ts';
export type { CreateWorkflowInput, TransitionOptions, WorkflowFilter } from './workflows/workflow-input.ts';
export type { WorkflowOptions } from './workflows/workflow-options.ts';
export type { WorkflowState, WorkflowTransition } from './workflows/workflow-state.ts';
export type { Metadata, MetadataValue } from './arguments/metadata.ts';

// Alerts
export { AlertManager } from './alerts/alert-manager.ts';
export type { AlertFilter, RaiseAlertInput } from './alerts/alert-input.ts';
export type { AlertOptions } from './alerts/alert-options.ts';
export type { Alert, AlertSeverity, AlertState } from './alerts/alert.ts';

// HTTP telemetry, for adapters
export { createCorrelationScope } from './http/correlation-scope.ts';
export type { CorrelationScope } from './http/correlation-scope.ts';
export type { ClientFacts } from './http/http-attributes.ts';
export { HttpServerTelemetry } from './http/http-server-telemetry.ts';
export type { HttpTelemetryOptions, RouteSource } from './http/http-server-telemetry.ts';
export type { CorrelationOptions, TrustIncoming } from './http/incoming-request.ts';
export type { PathPattern } from './http/path-filter.ts';
export { createDetailsPolicy } from './http/details-policy.ts';
export type { ProbeDetailsOptions } from './http/details-policy.ts';
export { createProbeHandler } from './http/probe-handler.ts';
export type { ProbeHandler, ProbeHandlerOptions } from './http/probe-handler.ts';
export { recordCurrentRequestError } from './http/current-request.ts';
export {
  excludeRequest,
  recordRequestError,
  requestCorrelationId,
  requestSlot,
} from './http/request-state.ts';
export type { RequestSlot } from './http/request-state.ts';
