import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { RowLoad, SqlResult, SqlRow, SqlRunner, SqlStore } from '../storage/sql-store.ts';
import { lockFolder } from './folder-lock.ts';
import type { FolderLock } from './folder-lock.ts';
import { WorkerClient } from './worker-client.ts';

/** Options of {@link embeddedStore}. */
export interface EmbeddedStoreOptions {
  /**
   * Folder of the database, made when absent and locked while in use. Default `.observability`. `memory://` keeps it in
   * memory only.
   */
  dataDir?: string;
}

/**
 * PostgreSQL inside the process: PGlite in a worker thread, so that its queries never block the application. For
 * development, tests and small tools; one process at a time. It survives a crash of the process, but not a loss of power.
 *
 * @throws `DRIVER_MISSING` when `@electric-sql/pglite` is not installed; `STORE_LOCKED` (at first use) when another process has
 * the folder
 * @example `const store = embeddedStore({ dataDir: '.observability' });`
 */
export function embeddedStore(options: EmbeddedStoreOptions = {}): SqlStore {
  const { dataDir = '.observability' } = options;
  if (typeof dataDir !== 'string' || dataDir === '' || dataDir.includes('\0')) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `dataDir is ${typeof dataDir === 'string' ? 'empty or holds a NUL' : String(dataDir).slice(0, 40)}; expected the path of a folder, for example '.observability'.`,
    );
  }
  assertPgliteInstalled();
  return new EmbeddedStore(dataDir);
}

/** A cold start of PGlite takes 2 to 6 seconds on two cores. */
export const EMBEDDED_OPEN_TIMEOUT_MS = 30_000;

class EmbeddedStore implements SqlStore {
  readonly openTimeoutMs: number = EMBEDDED_OPEN_TIMEOUT_MS;
  readonly #dataDir: string;
  #client: WorkerClient | undefined;
  #lock: FolderLock | undefined;
  #closed = false;
  // PGlite is one session: statements of others must not slip into an open transaction.
  #turn: Promise<unknown> = Promise.resolve();

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  query<Row extends SqlRow>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>> {
    return this.#inTurn((client) => client.request<Row>('query', text, values));
  }

  script(text: string): Promise<void> {
    return this.#inTurn(async (client) => {
      await client.request('script', text);
    });
  }

  transaction<Result>(work: (sql: SqlRunner) => Promise<Result>): Promise<Result> {
    return this.#inTurn(async (client) => {
      await client.request('script', 'begin');
      try {
        const result = await work({
          query: (text, values) => client.request('query', text, values),
        });
        await client.request('script', 'commit');
        return result;
      } catch (error) {
        await client.request('script', 'rollback').catch(() => undefined);
        throw error;
      }
    });
  }

  loadRows({ before, table, columns, rows }: RowLoad): Promise<boolean> {
    const copy = `copy ${table} (${columns.join(', ')}) from '/dev/blob'`;
    return this.#inTurn(async (client) => {
      await client.request('load', copy, [], { before, rows });
      return true;
    });
  }

  async close(): Promise<void> {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    await this.#turn.catch(() => undefined);
    await this.#client?.close();
    this.#lock?.release();
  }

  #inTurn<Result>(work: (client: WorkerClient) => Promise<Result>): Promise<Result> {
    if (this.#closed) {
      return Promise.reject(
        new ObservabilityError('STORE_CLOSED', 'The store was used after close(). Close it last.'),
      );
    }
    const result = this.#turn.then(() => work(this.#open()));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #open(): WorkerClient {
    if (this.#client === undefined) {
      if (this.#dataDir.startsWith('memory://')) {
        this.#client = new WorkerClient(this.#dataDir);
      } else {
        const folder = resolve(this.#dataDir);
        this.#lock = lockFolder(folder);
        this.#client = new WorkerClient(join(folder, 'database'));
      }
    }
    return this.#client;
  }
}

function assertPgliteInstalled(): void {
  try {
    createRequire(import.meta.url).resolve('@electric-sql/pglite');
  } catch (cause) {
    throw new ObservabilityError(
      'DRIVER_MISSING',
      'embeddedStore needs the package @electric-sql/pglite, which is not installed. Run: npm install @electric-sql/pglite',
      { cause },
    );
  }
}
