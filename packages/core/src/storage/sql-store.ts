/** A row as the driver returns it: column name to value. */
export type SqlRow = Record<string, unknown>;

/** What one statement answered. */
export interface SqlResult<Row extends SqlRow = SqlRow> {
  /** The rows it returned; empty for a statement that returns none. */
  rows: Row[];
  /** Rows returned or changed. */
  rowCount: number;
}

/**
 * Runs one SQL statement at a time. Everything in this library that reads or writes goes through this interface, so a
 * driver is supported once it can do this.
 */
export interface SqlRunner {
  /**
   * Runs one statement.
   * @param text SQL with `$1`, `$2` … for the values, each cast in the text (`$1::uuid`).
   * @param values strings, numbers, booleans or null; JSON goes in as `JSON.stringify(x)` with `::jsonb`.
   */
  query<Row extends SqlRow = SqlRow>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>>;
}

/** Rows that are loaded in bulk, and what is stored together with them. */
export interface RowLoad {
  /** One or more statements without values, which take effect with the rows or not at all. They run first. */
  readonly before: string;
  /** Table with its schema. */
  readonly table: string;
  /** Names of the columns, in the order of the fields of a row. */
  readonly columns: readonly string[];
  /** PostgreSQL's COPY text format. */
  readonly rows: Uint8Array;
}

/**
 * A PostgreSQL the library may write to: `postgresStore`, `embeddedStore`, `typeormStore`, or your own.
 *
 * Every method rejects with the driver's error; a refusal by PostgreSQL carries the SQLSTATE as `code`.
 */
export interface SqlStore extends SqlRunner {
  /**
   * Milliseconds the first use may take on top of the usual time limits. For a store that has to unpack a database first;
   * default 0.
   */
  readonly openTimeoutMs?: number;
  /**
   * Milliseconds for which a connection that was used keeps the process alive, where that is not the store's to decide: a pool
   * that was handed in. What is done again and again waits longer than that in between, so that a process which has come to its
   * end, and never ended its pool, ends. Absent: it keeps no process alive.
   */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * False lets batches of spans and metric points commit without waiting for the disk of the database, see
   * `PostgresStoreOptions`. Workflows, alerts and everything else wait in any case. Absent: as the database is configured.
   */
  readonly synchronousCommit?: boolean | undefined;
  /**
   * Names the database, without credentials, for example `db:5432/shop`: what waits on disk is stored in that one only. Absent:
   * what a process of the same service has left is taken over whatever its database was.
   */
  readonly target?: string | undefined;
  /** Runs several statements without values as one implicit transaction: all of them take effect, or none. */
  script(text: string): Promise<void>;
  /**
   * Runs `work` in a transaction on one connection: commits when it resolves, rolls back when it rejects. Inside `work`
   * use only the runner it is given.
   */
  transaction<Result>(work: (sql: SqlRunner) => Promise<Result>): Promise<Result>;
  /**
   * Loads rows by `copy … from stdin` in a transaction of its own, in one round trip where the driver can: the way of all spans
   * and metric points. Absent, or answering false and doing nothing, where there is no COPY; rows then go in as one JSON
   * parameter, which takes PostgreSQL about twice as long.
   */
  loadRows?(load: RowLoad): Promise<boolean>;
  /** Ends what the store itself opened, and nothing else. Safe to call twice. */
  close?(): Promise<void>;
}
