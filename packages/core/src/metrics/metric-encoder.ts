import { COPY_NULL, jsonToCopyField, textToCopyField } from '../ingest/copy-text.ts';
import { TimestampEncoder } from '../ingest/timestamp-encoder.ts';
import type { Exemplar } from './exemplars.ts';
import type { MetricRow } from './metric-row.ts';

/** Encodes points as rows of `observability.metrics` in COPY's text format; the fields are those of `METRIC_COLUMNS`. */
export class MetricEncoder {
  readonly #timestamps = new TimestampEncoder();

  /** One row, ended by a newline. */
  encode(row: MetricRow): string {
    const fields = [
      this.#timestamps.encodeMs(row.recorded_at),
      row.start_time === null ? COPY_NULL : this.#timestamps.encodeMs(row.start_time),
      String(row.metric_value),
      toField(row.min),
      toField(row.max),
      String(row.sample_count),
      toField(row.zero_count),
      row.resource_id ?? COPY_NULL,
      toField(row.bucket_scale),
      row.is_monotonic === null ? COPY_NULL : row.is_monotonic ? 't' : 'f',
      textToCopyField(row.metric_name),
      row.metric_type,
      textToCopyField(row.service_name),
      textToCopyField(row.unit),
      row.temporality ?? COPY_NULL,
      jsonToCopyField(JSON.stringify(row.labels)),
      listToField(row.bucket_indexes),
      listToField(row.bucket_counts),
      listToField(row.negative_bucket_indexes),
      listToField(row.negative_bucket_counts),
      row.exemplars === null ? COPY_NULL : jsonToCopyField(JSON.stringify(row.exemplars.map(toJson))),
      listToField(row.explicit_bounds ?? null),
    ];
    return `${fields.join('\t')}\n`;
  }
}

function toField(value: number | null): string {
  return value === null ? COPY_NULL : String(value);
}

function listToField(values: readonly number[] | null): string {
  return values === null ? COPY_NULL : `{${values.join(',')}}`;
}

function toJson({ value, time, traceId, spanId }: Exemplar): object {
  return { value, time: new Date(time).toISOString(), trace_id: traceId, span_id: spanId };
}
