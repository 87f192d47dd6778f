import { ObservabilityError } from '../errors/observability-error.ts';
import { untraced } from '../tracing/untraced.ts';
import { ensureObservabilityTables } from './schema/ensure-observability-tables.ts';
import type { SchemaMode } from './schema/ensure-observability-tables.ts';
import type { SqlResult, SqlRow, SqlRunner, SqlStore } from './sql-store.ts';
import { toStoreError, withTimeout } from './store-errors.ts';
import type { ObservabilityLogger } from '../logging/logger.ts';

/** Options every class over a store shares. */
export interface StoreAccessOptions {
  /**
   * `ensure` (default) installs or upgrades the schema on first use; `verify` only looks whether it fits; `off` trusts you.
   */
  schema?: SchemaMode | undefined;
  /** Milliseconds after which an awaited call gives up with `STORE_UNAVAILABLE`. Default 5,000. */
  timeoutMs?: number | undefined;
  /** Where the few lines go. Default: the console. */
  logger?: ObservabilityLogger | undefined;
}

/**
 * A store as the classes of this library use it: makes sure of the tables on first use, runs untraced, gives up in time, and
 * rejects with an `ObservabilityError`.
 */
export interface StoreAccess extends SqlRunner {
  /** Resolves once the tables are there. Tries again at the next call after a failure. */
  ready(): Promise<void>;
  transaction<Result>(work: (sql: SqlRunner) => Promise<Result>): Promise<Result>;
}

/** Wraps `store`; see {@link StoreAccess}. */
export function createStoreAccess(store: SqlStore, options: StoreAccessOptions = {}): StoreAccess {
  assertStore(store);
  const timeoutMs = resolveTimeoutMs(options.timeoutMs);
  const ready = (): Promise<void> => ensureTablesOnce(store, options);
  let opened = false;
  const bounded = <Result>(work: () => Promise<Result>): Promise<Result> =>
    untraced(async () => {
      try {
        const limitMs = timeoutMs + (opened ? 0 : (store.openTimeoutMs ?? 0));
        const result = await withTimeout(ready().then(work), limitMs);
        opened = true;
        return result;
      } catch (error) {
        throw toStoreError(error);
      }
    });
  return {
    ready: () => bounded(async () => undefined),
    query: <Row extends SqlRow>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>> =>
      bounded(() => store.query<Row>(text, values)),
    transaction: (work) => bounded(() => store.transaction(work)),
  };
}

// Per store, not per class: ten classes over one store ask once.
const ensured = new WeakMap<SqlStore, Promise<void>>();

/** Ensures the tables once per store: ten classes over one store ask once. */
export function ensureTablesOnce(store: SqlStore, options: StoreAccessOptions): Promise<void> {
  let pending = ensured.get(store);
  if (pending === undefined) {
    pending = ensureObservabilityTables(store, { schema: options.schema, logger: options.logger }).then(
      () => undefined,
    );
    ensured.set(store, pending);
    // A failed attempt is forgotten, so that an application that starts before its database recovers.
    pending.catch(() => ensured.delete(store));
  }
  return pending;
}

/** Refuses what is not a store. */
export function assertStore(store: unknown): asserts store is SqlStore {
  const candidate = store as Partial<SqlStore> | null | undefined;
  if (typeof candidate?.query !== 'function' || typeof candidate.transaction !== 'function') {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `Expected a store, got ${store === null ? 'null' : typeof store}. Give postgresStore(url), embeddedStore() or typeormStore(dataSource).`,
    );
  }
}

function resolveTimeoutMs(timeoutMs: unknown): number {
  if (timeoutMs === undefined) {
    return 5_000;
  }
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 1 && timeoutMs <= 2_147_483_647)) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `timeoutMs is ${String(timeoutMs).slice(0, 40)}; expected milliseconds from 1 to 2147483647. The default is 5000.`,
    );
  }
  return timeoutMs;
}
