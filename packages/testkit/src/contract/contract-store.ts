import type { SqlStore } from '@pg-observability/core';

/** A store on an empty database of its own, for one contract suite. */
export interface ContractStore {
  store: SqlStore;
  /** Another store on the same database; absent where only one can be open. */
  openAnother?(): Promise<SqlStore>;
  close(): Promise<void>;
}

/** Opens a store on an empty database. */
export type OpenContractStore = () => Promise<ContractStore>;
