import type { AlertChangeHook, AlertManager, AlertOptions, SqlStore } from '@pg-observability/core';

/** What a part of the contract works with. Every test uses alert types of its own, so they share one database. */
export interface AlertContext {
  /** The store of the whole suite. */
  readonly store: () => SqlStore;
  /** A manager on it. */
  readonly manager: (options?: AlertOptions, onChange?: AlertChangeHook) => AlertManager;
}
