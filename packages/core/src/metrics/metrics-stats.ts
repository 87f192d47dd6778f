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
