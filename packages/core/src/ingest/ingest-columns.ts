import type { IngestSignal } from './encoded-batch.ts';

/** Columns that are written, with their types, in the order of the fields of an encoded row. */
export const INGEST_COLUMNS: Readonly<Record<IngestSignal, Readonly<Record<string, string>>>> = {
  // What every span has comes first and what few have last, so that the usual end of a row is one constant.
  spans: {
    trace_id: 'text',
    span_id: 'text',
    parent_span_id: 'text',
    start_time: 'timestamptz',
    end_time: 'timestamptz',
    duration_ns: 'bigint',
    kind: 'text',
    status: 'text',
    operation_name: 'text',
    attributes: 'jsonb',
    scope_id: 'bigint',
    service_name: 'text',
    correlation_id: 'text',
    parent_is_remote: 'boolean',
    status_message: 'text',
    trace_state: 'text',
    events: 'jsonb',
    links: 'jsonb',
    dropped_attributes_count: 'integer',
    dropped_events_count: 'integer',
    dropped_links_count: 'integer',
  },
  metrics: {
    recorded_at: 'timestamptz',
    start_time: 'timestamptz',
    metric_value: 'double precision',
    min: 'double precision',
    max: 'double precision',
    sample_count: 'bigint',
    zero_count: 'bigint',
    resource_id: 'bigint',
    bucket_scale: 'smallint',
    is_monotonic: 'boolean',
    metric_name: 'text',
    metric_type: 'text',
    service_name: 'text',
    unit: 'text',
    temporality: 'text',
    labels: 'jsonb',
    bucket_indexes: 'integer[]',
    bucket_counts: 'bigint[]',
    negative_bucket_indexes: 'integer[]',
    negative_bucket_counts: 'bigint[]',
    exemplars: 'jsonb',
    explicit_bounds: 'double precision[]',
  },
};

/** Names of the columns of a signal, in the order of the fields. */
export const SPAN_COLUMNS: readonly string[] = Object.keys(INGEST_COLUMNS.spans);

/** Names of the columns of a signal, in the order of the fields. */
export const METRIC_COLUMNS: readonly string[] = Object.keys(INGEST_COLUMNS.metrics);

/** Names that may stand in a batch that comes from the disk; they become SQL. */
export const KNOWN_COLUMNS: Readonly<Record<IngestSignal, ReadonlySet<string>>> = {
  spans: new Set(SPAN_COLUMNS),
  metrics: new Set(METRIC_COLUMNS),
};
