/** What has become of one signal, spans or metrics, so far. */
export interface IngestStats {
  /** Waiting in memory, the batch that is being written included. */
  queued: number;
  /** Waiting on disk for the database to come back; those of earlier processes included. */
  spooled: number;
  /** Written to the database. */
  stored: number;
  /** Lost, by reason: `queue_full`, `poison`, `out_of_window`, `shutdown`, `spool_expired` … */
  dropped: Record<string, number>;
  /** Attempts that failed and were repeated. */
  retried: number;
  /** Bytes of rows written to the database. */
  storedBytes: number;
  /** Milliseconds the last batch took to be written; absent before the first. */
  lastWriteMs?: number;
  /** The last failure, credentials masked; absent when there was none. */
  lastError?: string;
}
