import { sqlState } from '@pg-observability/core';
import { connectSafely, loadRowsOnPgClient } from '@pg-observability/core/node-postgres';
import type { RowLoad, SqlResult, SqlRow, SqlRunner } from '@pg-observability/core';
import type { DataSourceLike, QueryRunnerLike } from '../data-source-like.ts';
import { fromQueryRunner } from '../query-runner-sql.ts';
import { markOwnQueryRunner } from './own-query-runners.ts';
import type { ResolvedStoreOptions } from './typeorm-store-options.ts';
import { withinTime } from './within-time.ts';

/** A connection while it is out of the pool. */
export interface LeasedConnection extends SqlRunner {
  /** See `SqlStore`. */
  loadRows(load: RowLoad): Promise<boolean>;
}

/** Takes a connection to the master out of the pool, runs `work` on it, and gives it back, or ends it when it is broken. */
export async function withConnection<Result>(
  dataSource: DataSourceLike,
  limits: ResolvedStoreOptions,
  work: (sql: LeasedConnection) => Promise<Result>,
): Promise<Result> {
  const runner = dataSource.createQueryRunner('master');
  markOwnQueryRunner(runner);
  const client = await connect(dataSource, runner, limits);
  try {
    return await work(boundedConnection(runner, client, limits));
  } finally {
    await runner.release().catch(() => undefined);
  }
}

async function connect(
  { driver }: DataSourceLike,
  runner: QueryRunnerLike,
  limits: ResolvedStoreOptions,
): Promise<unknown> {
  const connecting = connectSafely(masterPool(driver), () => runner.connect());
  try {
    return await withinTime(connecting, limits.connectTimeoutMs, 'Waiting for a connection');
  } catch (error) {
    // A connection that comes after all must go back, or the pool is short of one for ever.
    void connecting.then(() => runner.release()).catch(() => undefined);
    throw error;
  }
}

function masterPool(driver: unknown): unknown {
  return (driver as { master?: unknown } | undefined)?.master;
}

function boundedConnection(
  runner: QueryRunnerLike,
  client: unknown,
  limits: ResolvedStoreOptions,
): LeasedConnection {
  const sql = fromQueryRunner(runner);
  const bounded = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await withinTime(work, limits.answerTimeoutMs, 'A statement');
    } catch (error) {
      if (isConnectionLost(error)) {
        endClient(client);
      }
      throw error;
    }
  };
  return {
    query: <Row extends SqlRow>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>> =>
      bounded(sql.query<Row>(text, values)),
    loadRows: (load) => bounded(loadRowsOnPgClient(client, load)),
  };
}

/**
 * True when the connection must not be used again: nobody knows its state (no SQLSTATE: timeout, reset), or the server has
 * ended it with this very error (administrator, fail-over, idle in transaction) and the end has not been read yet.
 */
function isConnectionLost(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined || /^(08|57P|25P03)/.test(state);
}

// The pool throws away a client that has ended. TypeORM has no public way to release a runner as broken.
function endClient(client: unknown): void {
  const end = (client as { end?: () => unknown } | null | undefined)?.end;
  if (typeof end === 'function') {
    void Promise.resolve(end.call(client)).catch(() => undefined);
  }
}
