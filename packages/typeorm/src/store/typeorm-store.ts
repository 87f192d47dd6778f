import { ObservabilityError, toDatabaseTarget, untraced } from '@pg-observability/core';
import type { RowLoad, SqlResult, SqlRow, SqlRunner, SqlStore } from '@pg-observability/core';
import { assertDataSource } from '../assert-data-source.ts';
import type { DataSourceLike } from '../data-source-like.ts';
import { withConnection } from './leased-connection.ts';
import type { LeasedConnection } from './leased-connection.ts';
import { openOwnDataSource } from './own-data-source.ts';
import type { OwnDataSource } from './own-data-source.ts';
import { resolveStoreOptions } from './typeorm-store-options.ts';
import type { ResolvedStoreOptions, TypeormStoreOptions } from './typeorm-store-options.ts';

/**
 * A store over a TypeORM DataSource.
 *
 * By default it opens a small pool of its own (2 connections) with the connection options of `dataSource`, at the first use:
 * telemetry never queues behind the business, works before `dataSource.initialize()` and after `dataSource.destroy()`, and
 * goes to the master where the DataSource replicates. `{ pool: 'shared' }` uses the connections of `dataSource` itself.
 *
 * @param dataSource of type `postgres`; TypeORM 0.3.20 or later, or 1.x
 * @param options see {@link TypeormStoreOptions}
 * @throws `INVALID_ARGUMENT` when `dataSource` is not one, or not of type `postgres`; `INVALID_OPTION`
 * @example
 * ```ts
 * const observability = createObservability({ serviceName: 'orders', store: typeormStore(dataSource) });
 * ```
 */
export function typeormStore(dataSource: DataSourceLike, options: TypeormStoreOptions = {}): SqlStore {
  assertDataSource(dataSource, 'typeormStore');
  return new TypeormStore(dataSource, resolveStoreOptions(options));
}

class TypeormStore implements SqlStore {
  readonly #given: DataSourceLike;
  readonly #limits: ResolvedStoreOptions;
  readonly #limit: string;
  readonly #begin: string;
  readonly #running = new Set<Promise<unknown>>();
  #own: Promise<OwnDataSource> | undefined;
  #closing: Promise<void> | undefined;

  constructor(given: DataSourceLike, limits: ResolvedStoreOptions) {
    this.#given = given;
    this.#limits = limits;
    const { statementTimeoutMs } = limits;
    // One round trip; `set local` because it is the only form PgBouncer passes through safely.
    this.#limit = `set local statement_timeout = ${statementTimeoutMs}`;
    this.#begin = `begin; ${this.#limit}; set local idle_in_transaction_session_timeout = ${statementTimeoutMs}`;
  }

  /** What TypeORM's driver has by default; an own pool keeps no process alive. */
  get idleTimeoutMs(): number | undefined {
    return this.#limits.pool === 'shared' ? 10_000 : undefined;
  }

  get target(): string | undefined {
    const { replication, ...options } = this.#given.options as { replication?: { master?: unknown } };
    return toDatabaseTarget(replication?.master ?? options);
  }

  /** See the option. */
  get synchronousCommit(): boolean | undefined {
    return this.#limits.synchronousCommit;
  }

  query<Row extends SqlRow>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>> {
    return this.#run((sql) => sql.query<Row>(text, values));
  }

  script(text: string): Promise<void> {
    return this.#run(async (sql) => {
      // Without values it goes by the simple protocol, which takes several statements and makes them one transaction.
      await sql.query(text);
    });
  }

  transaction<Result>(work: (sql: SqlRunner) => Promise<Result>): Promise<Result> {
    return this.#run(async (sql) => {
      await sql.query(this.#begin);
      try {
        const result = await work(sql);
        await sql.query('commit');
        return result;
      } catch (error) {
        await sql.query('rollback').catch(() => undefined);
        throw error;
      }
    });
  }

  loadRows(load: RowLoad): Promise<boolean> {
    return this.#run((sql) => sql.loadRows({ ...load, before: `${this.#limit}; ${load.before}` }));
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOwn();
    return this.#closing;
  }

  async #closeOwn(): Promise<void> {
    // destroy() takes connections away from who uses them.
    await Promise.allSettled(this.#running);
    const own = await this.#own?.catch(() => undefined);
    await own?.destroy();
  }

  #run<Result>(work: (sql: LeasedConnection) => Promise<Result>): Promise<Result> {
    if (this.#closing !== undefined) {
      return Promise.reject(
        new ObservabilityError('STORE_CLOSED', 'The store was used after close(). Close it last.'),
      );
    }
    const running = untraced(async () => withConnection(await this.#dataSource(), this.#limits, work));
    this.#running.add(running);
    void running.catch(() => undefined).then(() => this.#running.delete(running));
    return running;
  }

  #dataSource(): Promise<DataSourceLike> {
    if (this.#limits.pool === 'shared') {
      return Promise.resolve(this.#given);
    }
    if (this.#own === undefined) {
      const opening = openOwnDataSource(this.#given, this.#limits);
      this.#own = opening;
      // Forgotten, so that an application that starts before its database recovers at the next use.
      opening.catch(() => {
        this.#own = undefined;
      });
    }
    return this.#own;
  }
}
