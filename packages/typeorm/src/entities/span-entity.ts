import { EntitySchema } from 'typeorm';
import { readOnlyColumn } from './read-only-column.ts';

/** A row of `observability.spans`. */
export interface StoredSpan {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** Null for a root span. */
  readonly parentSpanId: string | null;
  /** True when the parent span is in another process. */
  readonly parentIsRemote: boolean | null;
  /** Span name, for example `GET /orders/:id`. */
  readonly operationName: string;
  readonly serviceName: string;
  /** `INTERNAL`, `SERVER`, `CLIENT`, `PRODUCER` or `CONSUMER`. */
  readonly kind: string;
  /** `UNSET`, `OK` or `ERROR`. */
  readonly status: string;
  readonly statusMessage: string | null;
  /** In milliseconds, as a Date is; the column has microseconds. */
  readonly startTime: Date;
  readonly endTime: Date;
  /** Nanoseconds, as text, because a JavaScript number cannot hold every bigint. */
  readonly durationNs: string;
  /** Where it differs from the trace ID; else null. */
  readonly correlationId: string | null;
  readonly traceState: string | null;
  /** All attributes by their OpenTelemetry names. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly StoredSpanEvent[] | null;
  readonly links: readonly StoredSpanLink[] | null;
  /** Row of `observability.scopes`, as text: the instrumentation and, by its `resource_id`, the process. */
  readonly scopeId: string | null;
}

/** An event of a span. */
export interface StoredSpanEvent {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** A reference to another span. */
export interface StoredSpanLink {
  readonly trace_id: string;
  readonly span_id: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/**
 * The stored spans, to read. A condition on `startTime` keeps PostgreSQL from looking into every day.
 * @example `await dataSource.getRepository(SpanEntity).find({ where: { traceId }, order: { startTime: 'ASC' } });`
 */
export const SpanEntity: EntitySchema<StoredSpan> = new EntitySchema<StoredSpan>({
  name: 'ObservabilitySpan',
  schema: 'observability',
  tableName: 'spans',
  synchronize: false,
  columns: {
    traceId: readOnlyColumn('varchar', 'trace_id', { primary: true }),
    spanId: readOnlyColumn('varchar', 'span_id', { primary: true }),
    // Some clients and servers share a span ID; their times differ.
    startTime: readOnlyColumn('timestamptz', 'start_time', { primary: true }),
    endTime: readOnlyColumn('timestamptz', 'end_time'),
    durationNs: readOnlyColumn('bigint', 'duration_ns'),
    parentSpanId: readOnlyColumn('varchar', 'parent_span_id', { nullable: true }),
    parentIsRemote: readOnlyColumn('boolean', 'parent_is_remote', { nullable: true }),
    operationName: readOnlyColumn('text', 'operation_name'),
    serviceName: readOnlyColumn('text', 'service_name'),
    kind: readOnlyColumn('text', 'kind'),
    status: readOnlyColumn('text', 'status'),
    statusMessage: readOnlyColumn('text', 'status_message', { nullable: true }),
    correlationId: readOnlyColumn('varchar', 'correlation_id', { nullable: true }),
    traceState: readOnlyColumn('text', 'trace_state', { nullable: true }),
    attributes: readOnlyColumn('jsonb', 'attributes'),
    events: readOnlyColumn('jsonb', 'events', { nullable: true }),
    links: readOnlyColumn('jsonb', 'links', { nullable: true }),
    scopeId: readOnlyColumn('bigint', 'scope_id', { nullable: true }),
  },
});
