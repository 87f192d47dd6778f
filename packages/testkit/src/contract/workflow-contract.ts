import { WorkflowStateTracker } from '@pg-observability/core';
import type { SqlStore, WorkflowOptions } from '@pg-observability/core';
import { afterAll, beforeAll, describe } from 'vitest';
import type { ContractStore, OpenContractStore } from './contract-store.ts';
import { describeWorkflowBadInput } from './workflow-contract-bad-input.ts';
import { describeWorkflowBulk } from './workflow-contract-bulk.ts';
import { describeWorkflowDefinitions } from './workflow-contract-definitions.ts';
import { describeWorkflowFamily } from './workflow-contract-family.ts';
import { describeWorkflowReports } from './workflow-contract-reports.ts';
import { describeWorkflowSearch } from './workflow-contract-search.ts';
import { describeWorkflowVersions } from './workflow-contract-versions.ts';
import { describeWorkflowMetadata } from './workflow-contract-metadata.ts';
import { describeWorkflowMoves } from './workflow-contract-moves.ts';
import { describeWorkflowRepeats } from './workflow-contract-repeats.ts';
import { describeWorkflowsWithin } from './workflow-contract-within.ts';

/** What a part of the contract works with. Every test uses workflows of its own, so they share one database. */
export interface WorkflowContext {
  /** The store of the whole suite. */
  readonly store: () => SqlStore;
  /** A tracker on it. */
  readonly tracker: (options?: WorkflowOptions) => WorkflowStateTracker;
}

/** What `WorkflowStateTracker` promises on every store. */
export function describeWorkflowContract(name: string, openStore: OpenContractStore): void {
  describe(`WorkflowStateTracker on ${name}`, () => {
    let opened: ContractStore | undefined;
    const store = (): SqlStore => {
      if (opened === undefined) {
        throw new Error('The store is opened before the first test.');
      }
      return opened.store;
    };
    const context: WorkflowContext = {
      store,
      tracker: (options) => new WorkflowStateTracker(store(), options),
    };

    beforeAll(async () => {
      opened = await openStore();
    }, 60_000);

    afterAll(async () => {
      await opened?.close();
    });

    describeWorkflowMoves(context);
    describeWorkflowMetadata(context);
    describeWorkflowRepeats(context);
    describeWorkflowsWithin(context);
    describeWorkflowDefinitions(context);
    describeWorkflowVersions(context);
    describeWorkflowBulk(context);
    describeWorkflowFamily(context);
    describeWorkflowSearch(context);
    describeWorkflowReports(context);
    describeWorkflowBadInput(context);
  });
}
