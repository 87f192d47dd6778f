import { expect, it } from 'vitest';
import * as core from '@pg-observability/core';
import * as embedded from '@pg-observability/core/embedded';
import * as nodePostgres from '@pg-observability/core/node-postgres';
import * as testing from '@pg-observability/core/testing';

// A name that appears here is a promise to users; one that goes is a breaking change.
it('exports these names and no others', () => {
  expect({
    '.': Object.keys(core).sort(),
    './node-postgres': Object.keys(nodePostgres).sort(),
    './embedded': Object.keys(embedded).sort(),
    './testing': Object.keys(testing).sort(),
  }).toMatchInlineSnapshot(`
    {
      ".": [
        "AlertManager",
        "ERROR_CODES",
        "ErrorGroups",
        "HealthChecker",
        "HttpServerTelemetry",
        "MetricsCollector",
        "ObservabilityError",
        "PostgreSQLSpanExporter",
        "SCHEMA_DDL",
        "SCHEMA_VERSION",
        "TracingContext",
        "WorkflowStateTracker",
        "activeTrace",
        "continueTrace",
        "correlationFormat",
        "counter",
        "createCorrelationScope",
        "createObservability",
        "createProbeHandler",
        "currentCorrelationId",
        "defaultRedact",
        "ensureObservabilityTables",
        "excludeRequest",
        "gauge",
        "generateCorrelationId",
        "getCurrentInstance",
        "getDefaultInstance",
        "getTracer",
        "hasRows",
        "healthStatusToHttp",
        "histogram",
        "isDataError",
        "isError",
        "isTransient",
        "isUntraced",
        "liveness",
        "logFields",
        "openIncomingOperation",
        "propagationHeaders",
        "readiness",
        "recordCurrentRequestError",
        "recordRequestError",
        "redactText",
        "requestCorrelationId",
        "requestSlot",
        "runHousekeeping",
        "schemaInstallScript",
        "setupTracing",
        "sqlState",
        "startup",
        "storageForecast",
        "toDatabaseTarget",
        "untraced",
        "withTracingContext",
      ],
      "./embedded": [
        "embeddedStore",
      ],
      "./node-postgres": [
        "fromPgClient",
        "loadRowsOnPgClient",
        "postgresStore",
      ],
      "./testing": [
        "assertMetric",
        "assertQueryCount",
        "assertReachedPhase",
        "assertSpan",
        "assertWorkflow",
        "createTestObservability",
        "findSpans",
        "memoryStore",
        "observabilityMatchers",
      ],
    }
  `);
});
