import { AlertManager } from '@pg-observability/core';
import type { AlertChangeHook, AlertOptions, SqlStore } from '@pg-observability/core';
import { afterAll, beforeAll, describe } from 'vitest';
import { describeAlertBadInput } from './alert-contract-bad-input.ts';
import { describeAlertFolding } from './alert-contract-folding.ts';
import { describeAlertLife } from './alert-contract-life.ts';
import { describeAlertSilences } from './alert-contract-silences.ts';
import { describeAlertSteps } from './alert-contract-steps.ts';
import type { ContractStore, OpenContractStore } from './contract-store.ts';

/** What a part of the contract works with. Every test uses alert types of its own, so they share one database. */
export interface AlertContext {
  /** The store of the whole suite. */
  readonly store: () => SqlStore;
  /** A manager on it. */
  readonly manager: (options?: AlertOptions, onChange?: AlertChangeHook) => AlertManager;
}

/** What `AlertManager` promises on every store. */
export function describeAlertContract(name: string, openStore: OpenContractStore): void {
  describe(`AlertManager on ${name}`, () => {
    let opened: ContractStore | undefined;
    const store = (): SqlStore => {
      if (opened === undefined) {
        throw new Error('The store is opened before the first test.');
      }
      return opened.store;
    };
    const context: AlertContext = {
      store,
      manager: (options, onChange) => new AlertManager(store(), options, onChange),
    };

    beforeAll(async () => {
      opened = await openStore();
    }, 60_000);

    afterAll(async () => {
      await opened?.close();
    });

    describeAlertFolding(context);
    describeAlertSteps(context);
    describeAlertLife(context);
    describeAlertSilences(context);
    describeAlertBadInput(context);
  });
}
