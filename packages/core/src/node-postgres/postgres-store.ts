import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { toDatabaseTarget } from '../storage/database-target.ts';
import { sqlState } from '../storage/sql-state.ts';
import type { RowLoad, SqlResult, SqlRow, SqlRunner, SqlStore } from '../storage/sql-store.ts';
import { untraced } from '../tracing/untraced.ts';
import { connectSafely } from './connect-safely.ts';
import { loadRowsOnPgClient } from './copy-rows.ts';
import { fromPgClient } from './from-pg-client.ts';
import { openOwnPool } from './own-pool.ts';
import type { OwnPool } from './own-pool.ts';
import type { PgPoolClientLike, PgPoolLike, PgResultLike } from './pool-like.ts';

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions {
  /** Connections of the pool that is opened for a URL. Default 2: one writes, one answers probes and queries. */
  maxConnections?: number;
  /** Milliseconds to wait for a connection. Default 5,000. */
  connectTimeoutMs?: number;
  /** Milliseconds a statement of ours may take in a transaction; PostgreSQL cancels it then. Default 10,000. */
  statementTimeoutMs?: number;
  /**
   * False lets batches of spans and metric points commit without waiting until they are on the disk of the database (`set local
   * synchronous_commit = off`): for slow disks and synchronous replicas. Workflows and alerts wait all the same. The price:
   * when the database server crashes, loses power or is stopped at once, up to 3 x `wal_writer_delay` (0.6 s) of what was
   * counted as stored is gone, without a count: 44 of 3,723 commits when we tried. Nothing is stored twice or torn, and the
   * end of this process loses nothing. Default: as the database is configured, which is to wait.
   */
  synchronousCommit?: boolean;
}

/**
 * A store over `pg` (node-postgres).
 *
 * A URL gives a pool of its own with two connections, so that telemetry never queues behind the business and the last flush
 * outlives the application's pool. A Pool that is handed in is used as it is, one client at a time; `close()` leaves it open.
 *
 * @param poolOrUrl a `pg.Pool`, or `postgres://user:password@host:port/database`
 * @throws `INVALID_ARGUMENT` when it is neither; `INVALID_OPTION`; `DRIVER_MISSING` (at first use) when pg is not installed
 * @example
 * ```ts
 * const store = postgresStore(process.env.DATABASE_URL);
 * ```
 */
export function postgresStore(
  poolOrUrl: PgPoolLike | string | undefined,
  options: PostgresStoreOptions = {},
): SqlStore {
  return new PostgresStore(poolOrUrl, options);
}

class PostgresStore implements SqlStore {
  readonly idleTimeoutMs: number | undefined;
  readonly synchronousCommit: boolean | undefined;
  readonly target: string | undefined;
  readonly #connect: () => Promise<PgPoolClientLike>;
  readonly #limit: string;
  readonly #begin: string;
  #own: Promise<OwnPool> | undefined;
  #closed = false;

  constructor(poolOrUrl: PgPoolLike | string | undefined, options: PostgresStoreOptions) {
    this.synchronousCommit = resolveBoolean('synchronousCommit', options.synchronousCommit);
    const statementTimeoutMs = resolveNumber('statementTimeoutMs', options.statementTimeoutMs, 10_000);
    const limits = {
      maxConnections: resolveNumber('maxConnections', options.maxConnections, 2),
      connectTimeoutMs: resolveNumber('connectTimeoutMs', options.connectTimeoutMs, 5_000),
      queryTimeoutMs: statementTimeoutMs + 2_000,
    };
    // One round trip; `set local` because it is the only form PgBouncer passes through safely.
    this.#limit = `set local statement_timeout = ${statementTimeoutMs}`;
    this.#begin = `begin; ${this.#limit}; set local idle_in_transaction_session_timeout = ${statementTimeoutMs}`;
    if (isPool(poolOrUrl)) {
      this.idleTimeoutMs = idleTimeoutOf(poolOrUrl);
      this.target = toDatabaseTarget((poolOrUrl as { options?: unknown }).options);
      this.#connect = () => connectSafely(poolOrUrl, () => poolOrUrl.connect());
      return;
    }
    const connectionString = assertUrl(poolOrUrl);
    this.target = toDatabaseTarget(connectionString);
    this.#connect = async () => {
      this.#own ??= openOwnPool({ connectionString, ...limits });
      const pool = await this.#own;
      return connectSafely(pool, () => pool.connect());
    };
  }

  query<Row extends SqlRow>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>> {
    return this.#withClient((client) => fromPgClient(client).query<Row>(text, values));
  }

  script(text: string): Promise<void> {
    return this.#withClient(async (client) => {
      await client.query({ text });
    });
  }

  transaction<Result>(work: (sql: SqlRunner) => Promise<Result>): Promise<Result> {
    return this.#withClient(async (client) => {
      await client.query({ text: this.#begin });
      try {
        const result = await work(fromPgClient(client));
        assertCommitted(await client.query({ text: 'commit' }));
        return result;
      } catch (error) {
        await client.query({ text: 'rollback' }).catch(() => undefined);
        throw error;
      }
    });
  }

  loadRows(load: RowLoad): Promise<boolean> {
    const before = `${this.#limit}; ${load.before}`;
    return this.#withClient((client) => loadRowsOnPgClient(client, { ...load, before }));
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      await (await this.#own)?.end();
    }
  }

  // A client is taken even for one statement: pool.query of a busy pool runs in the async context of whoever releases a
  // client, and our statements would be traced into that request.
  async #withClient<Result>(work: (client: PgPoolClientLike) => Promise<Result>): Promise<Result> {
    if (this.#closed) {
      throw new ObservabilityError('STORE_CLOSED', 'The store was used after close(). Close it last.');
    }
    return untraced(async () => {
      const client = await this.#connect();
      let broken: Error | undefined;
      // The pool listens only to idle clients. A connection that dies in our hands emits an error nobody else hears, which
      // would end the process; the statement in flight rejects all the same.
      const onError = (error: Error): void => {
        broken = error;
      };
      client.on('error', onError);
      try {
        return await work(client);
      } catch (error) {
        if (error instanceof Error && endsConnection(sqlState(error))) {
          broken = error;
        }
        throw error;
      } finally {
        client.off('error', onError);
        client.release(broken);
      }
    });
  }
}

// Without a SQLSTATE nobody knows what state the connection is in; after these PostgreSQL has ended it.
function endsConnection(state: string | undefined): boolean {
  return state === undefined || /^(08|57P|25P0[34])/.test(state);
}

// PostgreSQL answers COMMIT of a failed transaction with a quiet ROLLBACK.
function assertCommitted(result: PgResultLike): void {
  if (result.command === 'ROLLBACK') {
    throw new ObservabilityError(
      'STORE_FAILED',
      'The transaction was rolled back, because a statement in it had failed and its error was swallowed. Let it reject.',
    );
  }
}

// A pool that never closes idle connections keeps the process alive whatever we do.
function idleTimeoutOf(pool: PgPoolLike): number | undefined {
  const { options } = pool as { options?: { allowExitOnIdle?: unknown; idleTimeoutMillis?: unknown } };
  const idleTimeoutMs = options?.idleTimeoutMillis;
  const closes = typeof idleTimeoutMs === 'number' && idleTimeoutMs > 0 && options?.allowExitOnIdle !== true;
  return closes ? idleTimeoutMs : undefined;
}

function isPool(value: unknown): value is PgPoolLike {
  return typeof value === 'object' && value !== null && typeof (value as PgPoolLike).connect === 'function';
}

// The text of the URL never goes into the message: it may hold a password.
function assertUrl(value: unknown): string {
  if (typeof value === 'string' && /^postgres(ql)?:\/\//.test(value) && URL.canParse(value)) {
    return value;
  }
  const got =
    typeof value === 'string' ? `text of ${value.length} characters` : value === null ? 'null' : typeof value;
  throw new ObservabilityError(
    'INVALID_ARGUMENT',
    `postgresStore got ${got}; expected a pg.Pool or a URL such as postgres://user:password@host:5432/database. Is DATABASE_URL set?`,
  );
}

function resolveNumber(name: string, value: unknown, fallback: number): number {
  if (value === undefined) {
    return fallback;
  }
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 2_147_483_647) {
    return value;
  }
  throw new ObservabilityError(
    'INVALID_OPTION',
    `${name} is ${String(value).slice(0, 40)}; expected a whole number from 1, for example ${fallback}.`,
  );
}

function resolveBoolean(name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') {
    return value;
  }
  throw new ObservabilityError(
    'INVALID_OPTION',
    `${name} is ${describeValue(value)}; expected true or false, or nothing to leave it to the database.`,
  );
}
