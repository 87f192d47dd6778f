// The parts of pg that are used, declared here so that the public types compile where pg is not installed.

/** What `pg` answers to a statement. */
export interface PgResultLike {
  rows: Record<string, unknown>[];
  rowCount: number | null;
  /** Command tag: `SELECT`, `COMMIT`, `ROLLBACK` … */
  command?: string;
}

/** A client of `pg`, checked out or connected. */
export interface PgClientLike {
  query(config: { text: string; values?: unknown[] }): Promise<PgResultLike>;
}

/** A client that came out of a pool. */
export interface PgPoolClientLike extends PgClientLike {
  release(error?: Error | boolean): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

/** A `pg.Pool`. */
export interface PgPoolLike {
  connect(): Promise<PgPoolClientLike>;
}
