import type { JsonValue } from '../sanitize/json-value.ts';
import type { SqlRow } from '../storage/sql-store.ts';

/** A finished span as it was stored. */
export interface RecordedSpan {
  /** For example `GET /orders/:id`. */
  name: string;
  kind: 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER';
  /** `UNSET` where nothing went wrong and nobody said `OK`. */
  status: 'UNSET' | 'OK' | 'ERROR';
  statusMessage: string | null;
  traceId: string;
  spanId: string;
  /** Null for the first span of a trace. */
  parentSpanId: string | null;
  serviceName: string;
  /** That of the request or job; the trace ID where it had none of its own. */
  correlationId: string;
  startTime: Date;
  durationMs: number;
  /** All attributes, after masking. */
  attributes: Record<string, JsonValue>;
  /** Events, for example `exception`, oldest first. */
  events: { name: string; time: string | null; attributes: Record<string, JsonValue> }[];
}

/** The columns of `selectRecordedSpans`. */
export interface RecordedSpanRow extends SqlRow {
  operation_name: string;
  kind: RecordedSpan['kind'];
  status: RecordedSpan['status'];
  status_message: string | null;
  trace_id: string;
  span_id: string;
  parent_span_id: string | null;
  service_name: string;
  correlation_id: string | null;
  start_ms: number;
  duration_ms: number;
  attributes: string;
  events: string;
}

/** A stored span as tests look at it. */
export function rowToRecordedSpan(row: RecordedSpanRow): RecordedSpan {
  return {
    name: row.operation_name,
    kind: row.kind,
    status: row.status,
    statusMessage: row.status_message,
    traceId: row.trace_id,
    spanId: row.span_id,
    parentSpanId: row.parent_span_id,
    serviceName: row.service_name,
    correlationId: row.correlation_id ?? row.trace_id,
    startTime: new Date(row.start_ms),
    durationMs: row.duration_ms,
    attributes: JSON.parse(row.attributes) as RecordedSpan['attributes'],
    events: JSON.parse(row.events) as RecordedSpan['events'],
  };
}
