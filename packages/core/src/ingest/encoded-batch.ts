/** What is loaded in bulk; each has a table of its name. */
export type IngestSignal = 'spans' | 'metrics';

/** Rows of the small tables that the rows of a batch refer to, stored with the batch where they are not there yet. */
export interface BatchOrigins {
  resources: readonly OriginResource[];
  scopes: readonly OriginScope[];
}

/** A row of `observability.resources`. */
export interface OriginResource {
  /** 63-bit hash, as text because a JSON number would be rounded. */
  resource_id: string;
  service_name: string;
  schema_url: string | null;
  attributes: unknown;
}

/** A row of `observability.scopes`: a scope as one resource has it, so that a span needs one ID for both. */
export interface OriginScope {
  scope_id: string;
  resource_id: string;
  name: string;
  version: string | null;
  schema_url: string | null;
}

/**
 * Rows that are written together, encoded once when the batch is cut. Its ID stays the same however often it is tried, on
 * disk and after a restart; halves of `id` are `id/0` and `id/1`.
 */
export interface EncodedBatch {
  readonly batchId: string;
  readonly signal: IngestSignal;
  /** Columns in the order of the fields of a row. */
  readonly columns: readonly string[];
  readonly rowCount: number;
  /**
   * Epoch milliseconds: one for each UTC day of spans, and each minute of metric points, so that partitions can be made first and
   * minutes be summed up later.
   */
  readonly partitionTimes: readonly number[];
  readonly origins: BatchOrigins;
  /** Epoch milliseconds at which the batch was cut. */
  readonly cutAtMs: number;
  /** The rows in PostgreSQL's COPY text format: fields parted by tabs, each row ended by a newline that is nowhere else. */
  readonly rows: Buffer;
}
