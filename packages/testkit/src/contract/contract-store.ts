import type { SqlStore } from '@pg-observability/core';
import { afterAll, beforeAll } from 'vitest';

/** A store on an empty database of its own, for one contract suite. */
export interface ContractStore {
  store: SqlStore;
  /** Another store on the same database; absent where only one can be open. */
  openAnother?(): Promise<SqlStore>;
  close(): Promise<void>;
}

/** Opens a store on an empty database. */
export type OpenContractStore = () => Promise<ContractStore>;

// An embedded database takes seconds to start, which are not the first test's. The tables are.
const start = (store: SqlStore): Promise<unknown> => store.query('select 1');

/**
 * Opens a store before the tests of the suite around the call, and closes it behind them.
 *
 * @param prepare makes what the suite needs in the database; by default it only starts
 * @param timeoutMs 60,000 by default
 * @returns the store, once the first test runs
 */
export function useContractStore(
  openStore: OpenContractStore,
  prepare: (store: SqlStore) => Promise<unknown> = start,
  timeoutMs = 60_000,
): () => SqlStore {
  let opened: ContractStore | undefined;
  beforeAll(async () => {
    opened = await openStore();
    await prepare(opened.store);
  }, timeoutMs);
  afterAll(() => opened?.close());
  return () => {
    if (opened === undefined) {
      throw new Error('The store is opened before the first test.');
    }
    return opened.store;
  };
}
