import type { IngestStats } from '../ingest/ingest-stats.ts';
import type { MetricOutcomes } from './metric-outcomes.ts';

/** What a `MetricsCollector` has done so far. */
export interface MetricsStats {
  /** Observations taken in. */
  recorded: number;
  /** Points in memory: windows that are open, and points that wait for the database. */
  queued: number;
  /** Points that wait on disk for the database to come back. */
  spooled: number;
  /** Points stored; one of them can hold many observations. */
  stored: number;
  /**
   * Lost, by reason. Observations refused at the door: `invalid_name`, `invalid_type`, `invalid_value`, `negative_counter`,
   * `invalid_timestamp`, `out_of_window`, `value_overflow`, `too_many_metrics`, `unexpected`. Points given up later:
   * `queue_full`, `poison`, `refused`, `gave_up`. Both: `shutdown`.
   */
  dropped: Record<string, number>;
  /** Things that were mended in observations that were then stored: a name cut, a label turned into text … */
  mended: number;
  /** Attempts to write a batch that failed and were repeated. */
  retried: number;
  /** Bytes of rows written to the database. */
  storedBytes: number;
  /** Milliseconds the last batch took to be written; absent before the first. */
  lastWriteMs?: number;
  /** The last failure of the database, credentials masked; absent when there was none. */
  lastError?: string;
}

/** Puts the counts of what was recorded and of what was written together. */
export function toMetricsStats({
  ingest,
  recorded,
  openWindows,
  outcomes,
}: {
  ingest: IngestStats;
  recorded: number;
  openWindows: number;
  outcomes: Pick<MetricOutcomes, 'dropped' | 'mended'>;
}): MetricsStats {
  const dropped: Record<string, number> = { ...outcomes.dropped };
  for (const [reason, count] of Object.entries(ingest.dropped)) {
    dropped[reason] = (dropped[reason] ?? 0) + count;
  }
  return { ...ingest, recorded, queued: ingest.queued + openWindows, dropped, mended: outcomes.mended };
}
