// The parts of TypeORM that are used. They are asked for by shape, so that TypeORM 0.3.20 and later and 1.x both fit, and so
// does a second copy of the package in the tree.

/** A query runner of TypeORM: one connection of the pool. */
export interface QueryRunnerLike {
  readonly isReleased: boolean;
  readonly isTransactionActive: boolean;
  /** Takes the connection out of the pool and answers the driver's client. */
  connect(): Promise<unknown>;
  /** Runs one statement; with `true` the answer has records and the number of rows, whatever kind of statement it was. */
  query(text: string, parameters: unknown[] | undefined, useStructuredResult: true): Promise<QueryResultLike>;
  startTransaction(): Promise<void>;
  commitTransaction(): Promise<void>;
  rollbackTransaction(): Promise<void>;
  release(): Promise<void>;
}

/** TypeORM's structured result. */
export interface QueryResultLike {
  records: unknown[];
  affected?: number | null;
}

/** A TypeORM DataSource of type `postgres`. */
export interface DataSourceLike {
  readonly options: { readonly type: string };
  readonly isInitialized: boolean;
  /** Of type `postgres` it has the pool as `master`. */
  readonly driver?: object;
  createQueryRunner(mode?: 'master' | 'slave'): QueryRunnerLike;
}

/** TypeORM's EntityManager, as `dataSource.transaction` hands it to its function. */
export interface EntityManagerLike {
  /** Undefined for the manager of the DataSource itself, which takes another connection for each statement. */
  readonly queryRunner?: QueryRunnerLike | undefined;
}
