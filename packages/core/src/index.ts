// Composition
export { createObservability } from './create-observability.ts';
export type { Observability, ObservabilityStats } from './observability.ts';
export type { ObservabilityOptions, ShutdownOptions, SpanIngestOptions } from './observability-options.ts';
export type { IngestOptions, SpoolSettings } from './ingest/ingest-options.ts';
export type { OutgoingOptions, PropagateTo } from './outgoing/outgoing-options.ts';
export type { RuntimeMetricsOptions } from './runtime/runtime-metrics-options.ts';
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
export { PostgreSQLMetricExporter } from './metrics/opentelemetry/postgresql-metric-exporter.ts';
export type { MetricExporterStats } from './metrics/opentelemetry/postgresql-metric-exporter.ts';
export type { MetricExporterOptions } from './metrics/opentelemetry/metric-exporter-options.ts';
export type { ResourceMetrics } from './metrics/opentelemetry/metric-data.ts';
export type {
  Metric,
  MetricLabels,
  MetricPoint,
  MetricQuery,
  MetricType,
  ObservationOptions,
  PercentileQuery,
} from './metrics/metric.ts';
export type { PercentileGroup, PercentilesQuery } from './metrics/reading/percentiles.ts';
export type { MetricSeries, SeriesAggregate, SeriesPoint, SeriesQuery } from './metrics/reading/series.ts';

// Health
export { HealthChecker } from './health/health-checker.ts';
export type { HealthStats } from './health/health-checker.ts';
export type {
  HealthChange,
  HealthCheckerOptions,
  HealthFlappingOptions,
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
export { defineWorkflow } from './workflows/define-workflow.ts';
export { WorkflowStateTracker } from './workflows/workflow-state-tracker.ts';
export { StuckWorkflowSweep } from './workflows/stuck-workflow-sweep.ts';
export type { StuckSweepReport, StuckWorkflowSweepOptions } from './workflows/stuck-workflow-sweep.ts';
export type { StuckWorkflowOptions } from './workflows/stuck-workflow-options.ts';
export type { StuckWorkflow } from './workflows/stuck-workflow.ts';
export type { StuckQuery } from './workflows/read-stuck.ts';
export type { DwellTime } from './workflows/dwell-time.ts';
export type { TransitionOutcome } from './workflows/transition-outcome.ts';
export type {
  TypedCreateInput,
  TypedTransitionOptions,
  TypedWorkflows,
  TypedWorkflowState,
} from './workflows/typed-workflows.ts';
export type { WorkflowCalls } from './workflows/workflow-calls.ts';
export type {
  FinishedStatus,
  OpenPhaseOptions,
  PhaseOptions,
  TerminalPhaseOptions,
  WorkflowDefinition,
  WorkflowDefinitionOptions,
  WorkflowPhase,
} from './workflows/workflow-definition.ts';
export type {
  CreateWorkflowInput,
  HistoryOptions,
  PageOptions,
  TransitionInput,
  TransitionOptions,
  TreeOptions,
  WorkflowFilter,
} from './workflows/workflow-input.ts';
export type {
  FunnelQuery,
  FunnelStep,
  PhaseDurations,
  PhaseDurationsQuery,
  ReportRange,
} from './workflows/workflow-reports.ts';
export type { WorkflowTree } from './workflows/workflow-tree.ts';
export type { WorkflowOptions } from './workflows/workflow-options.ts';
export type { WorkflowState, WorkflowTransition } from './workflows/workflow-state.ts';
export type { Metadata, MetadataValue } from './arguments/metadata.ts';

// Alerts
export { AlertManager } from './alerts/alert-manager.ts';
export { AlertEvaluator } from './alerts/rules/alert-evaluator.ts';
export type { AlertEvaluatorOptions } from './alerts/rules/evaluator-options.ts';
export type {
  AlertEvaluationReport,
  AlertEvaluatorStats,
  RuleReport,
} from './alerts/rules/evaluation-report.ts';
export type { AlertingOptions } from './alerts/alerting-options.ts';
export type {
  AlertRule,
  DatabaseAwayRule,
  ErrorRatioRule,
  FlappingOptions,
  HealthRule,
  HeartbeatRule,
  IngestRule,
  MetricAggregate,
  MetricRule,
  MetricSelection,
  NewErrorRule,
  NoDataRule,
  RuleOptions,
  StuckWorkflowRule,
} from './alerts/rules/alert-rule.ts';
export type { Duration } from './alerts/rules/duration.ts';
export type { DirectTelling, TellDirectly } from './alerts/rules/outage-alarm.ts';
export type { ReadNewErrors } from './alerts/rules/read-rule.ts';
export type { NewErrorReading } from './error-groups/read-new-errors.ts';
export type { AlertChange, AlertChangeHook, SqlStatement } from './alerts/alert-change.ts';
export type { AlertHistoryEntry } from './alerts/alert-history.ts';
export type { AlertFilter, AlertLabels, RaiseAlertInput } from './alerts/alert-input.ts';
export type { AlertOptions } from './alerts/alert-options.ts';
export type { Silence, SilenceFilter, SilenceInput, SilenceMatchers } from './alerts/silences/silence.ts';
export type { Alert, AlertSeverity, AlertState } from './alerts/alert.ts';
export type { AlertEvent, AlertMessage, AlertNotice } from './alerts/delivery/alert-message.ts';
export type {
  AlertDeliveryOptions,
  AlertGroupField,
  AlertRoute,
} from './alerts/delivery/delivery-options.ts';
export type { AlertDeliveryStats, ReceiverStats } from './alerts/delivery/delivery-stats.ts';
export type {
  AlertNotification,
  AlertNotificationFilter,
  NotificationState,
} from './alerts/delivery/notification.ts';
export type {
  AlertLink,
  AlertmanagerReceiver,
  AlertReceiver,
  EmailReceiver,
  HttpReceiverSettings,
  LogReceiver,
  NotifyReceiver,
  ReceiverSettings,
  SlackReceiver,
  WebhookReceiver,
} from './alerts/delivery/receiver-options.ts';
export type { EmailMessage, EmailTransport } from './alerts/delivery/receivers/email-transport.ts';

// Errors by group
export { ErrorGroups } from './error-groups/error-groups.ts';
export type { ErrorGroupFilter, ErrorGroupsOptions } from './error-groups/error-groups.ts';
export type { ErrorGroup, ErrorGroupState, NewError } from './error-groups/error-group.ts';
export type { ErrorGroupingOptions } from './error-groups/error-grouping-options.ts';
export type { ErrorRecorderStats } from './error-groups/error-recorder.ts';

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
export { createPrometheusHandler } from './http/prometheus-handler.ts';
export type { PrometheusHandler } from './http/prometheus-handler.ts';
export type { PrometheusOptions } from './metrics/prometheus/prometheus-options.ts';
export { recordCurrentRequestError } from './http/current-request.ts';
export {
  excludeRequest,
  recordRequestError,
  requestCorrelationId,
  requestSlot,
} from './http/request-state.ts';
export type { RequestSlot } from './http/request-state.ts';
