/** What an ingest queue has done so far. */
export interface IngestStats {
  /** Waiting in memory, the batch that is being written included. */
  queued: number;
  /** Written to the database. */
  stored: number;
  /** Lost, by reason: `queue_full`, `poison`, `out_of_window`, `shutdown` … */
  dropped: Record<string, number>;
  /** Attempts that failed and were repeated. */
  retried: number;
  /** The last failure, credentials masked; absent when there was none. */
  lastError?: string;
}
