import { METRIC_COLUMNS, SPAN_COLUMNS } from '../../ingest/ingest-columns.ts';
import { insertRows } from '../../ingest/insert-rows.sql.ts';
import type { MetricRow } from '../../metrics/metric-row.ts';
import type { MemorySpan, MemoryStatement } from './memory-tables.ts';

type Fields = Readonly<Record<string, string | null>>;

/** What the statements do that load rows in bulk: a JSON array of rows, each an array of texts and nulls. */
export const loadStatements: readonly (readonly [text: string, run: MemoryStatement])[] = [
  [
    insertRows('spans', SPAN_COLUMNS),
    (tables, [json]) => append(tables.spans, readRows(json, SPAN_COLUMNS).map(toSpan)),
  ],
  [
    insertRows('metrics', METRIC_COLUMNS),
    (tables, [json]) => append(tables.metrics, readRows(json, METRIC_COLUMNS).map(toMetric)),
  ],
];

function readRows(json: unknown, columns: readonly string[]): Fields[] {
  const rows = JSON.parse(json as string) as (string | null)[][];
  return rows.map((fields) =>
    Object.fromEntries(columns.map((column, index) => [column, fields[index] ?? null])),
  );
}

function append<Row>(table: Row[], rows: readonly Row[]): [] {
  for (const row of rows) {
    table.push(row);
  }
  return [];
}

function toSpan(row: Fields): MemorySpan {
  return {
    operation_name: row['operation_name'] ?? '',
    kind: row['kind'] ?? '',
    status: row['status'] ?? '',
    status_message: row['status_message'] ?? null,
    trace_id: row['trace_id'] ?? '',
    span_id: row['span_id'] ?? '',
    parent_span_id: row['parent_span_id'] ?? null,
    service_name: row['service_name'] ?? '',
    correlation_id: row['correlation_id'] ?? null,
    start_ms: toEpochMs(row['start_time']) ?? 0,
    end_ms: toEpochMs(row['end_time']) ?? 0,
    duration_ms: Number(row['duration_ns']) / 1e6,
    attributes: row['attributes'] ?? '{}',
    events: row['events'] ?? null,
  };
}

function toMetric(row: Fields): MetricRow {
  return {
    recorded_at: toEpochMs(row['recorded_at']) ?? 0,
    start_time: toEpochMs(row['start_time']),
    metric_value: Number(row['metric_value']),
    sample_count: Number(row['sample_count']),
    min: toNumber(row['min']),
    max: toNumber(row['max']),
    zero_count: toNumber(row['zero_count']),
    bucket_scale: toNumber(row['bucket_scale']),
    bucket_indexes: toNumbers(row['bucket_indexes']),
    bucket_counts: toNumbers(row['bucket_counts']),
    negative_bucket_indexes: toNumbers(row['negative_bucket_indexes']),
    negative_bucket_counts: toNumbers(row['negative_bucket_counts']),
    exemplars: toExemplars(row['exemplars']),
    explicit_bounds: toNumbers(row['explicit_bounds']),
    metric_name: row['metric_name'] ?? '',
    metric_type: row['metric_type'] as MetricRow['metric_type'],
    is_monotonic: row['is_monotonic'] === null ? null : row['is_monotonic'] === 't',
    temporality: row['temporality'] as MetricRow['temporality'],
    labels: JSON.parse(row['labels'] ?? '{}') as Record<string, string>,
    unit: row['unit'] ?? null,
    service_name: row['service_name'] ?? null,
    resource_id: row['resource_id'] ?? null,
  };
}

// As the encoder writes it: 2026-11-23T14:43:09.123456+00. A Date would cut the microseconds.
function toEpochMs(text: string | null | undefined): number | null {
  if (text === null || text === undefined) {
    return null;
  }
  return Date.parse(`${text.slice(0, 19)}Z`) + Number(`0.${text.slice(20, 26)}`) * 1e3;
}

function toExemplars(text: string | null | undefined): MetricRow['exemplars'] {
  if (text === null || text === undefined) {
    return null;
  }
  const list = JSON.parse(text) as { value: number; time: string; trace_id: string; span_id: string }[];
  return list.map(({ value, time, trace_id: traceId, span_id: spanId }) => ({
    value,
    time: Date.parse(time),
    traceId,
    spanId,
  }));
}

function toNumber(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Number(text);
}

function toNumbers(text: string | null | undefined): number[] | null {
  if (text === null || text === undefined) {
    return null;
  }
  return text === '{}' ? [] : text.slice(1, -1).split(',').map(Number);
}
