import { AlertManager } from '@pg-observability/core';
import { describe } from 'vitest';
import { describeAlertBadInput } from './alert-contract-bad-input.ts';
import type { AlertContext } from './alert-contract-context.ts';
import { describeAlertFolding } from './alert-contract-folding.ts';
import { describeAlertLife } from './alert-contract-life.ts';
import { describeAlertSilences } from './alert-contract-silences.ts';
import { describeAlertSteps } from './alert-contract-steps.ts';
import { useContractStore } from './contract-store.ts';
import type { OpenContractStore } from './contract-store.ts';

/** What `AlertManager` promises on every store. */
export function describeAlertContract(name: string, openStore: OpenContractStore): void {
  describe(`AlertManager on ${name}`, () => {
    const store = useContractStore(openStore);
    const context: AlertContext = {
      store,
      manager: (options, onChange) => new AlertManager(store(), options, onChange),
    };

    describeAlertFolding(context);
    describeAlertSteps(context);
    describeAlertLife(context);
    describeAlertSilences(context);
    describeAlertBadInput(context);
  });
}
