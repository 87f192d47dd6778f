import type { IngestWriter } from '../ingest/ingest-writer.ts';
import type { Log } from '../logging/log-once.ts';
import type { Redact } from '../sanitize/redact.ts';
import type { MetricType, ObservationOptions } from './metric.ts';

/** What a series is found by; only the type is certain. */
export interface SeriesInput {
  type: MetricType;
  name: unknown;
  labels: unknown;
  options: ObservationOptions | undefined;
}

/** What a `MetricsRecorder` is made of. */
export interface MetricsRecorderParts {
  redact: Redact;
  log: Log;
  writer: IngestWriter;
  /** True when nobody else uses the writer, so that it ends with the recorder. */
  ownsWriter: boolean;
}
