import { WorkflowStateTracker } from '@pg-observability/core';
import { describe } from 'vitest';
import { useContractStore } from './contract-store.ts';
import type { OpenContractStore } from './contract-store.ts';
import { describeWorkflowBadInput } from './workflow-contract-bad-input.ts';
import { describeWorkflowBulk } from './workflow-contract-bulk.ts';
import type { WorkflowContext } from './workflow-contract-context.ts';
import { describeWorkflowDefinitions } from './workflow-contract-definitions.ts';
import { describeWorkflowFamily } from './workflow-contract-family.ts';
import { describeWorkflowReports } from './workflow-contract-reports.ts';
import { describeWorkflowSearch } from './workflow-contract-search.ts';
import { describeWorkflowVersions } from './workflow-contract-versions.ts';
import { describeWorkflowMetadata } from './workflow-contract-metadata.ts';
import { describeWorkflowMoves } from './workflow-contract-moves.ts';
import { describeWorkflowRepeats } from './workflow-contract-repeats.ts';
import { describeWorkflowsWithin } from './workflow-contract-within.ts';

/** What `WorkflowStateTracker` promises on every store. */
export function describeWorkflowContract(name: string, openStore: OpenContractStore): void {
  describe(`WorkflowStateTracker on ${name}`, () => {
    const store = useContractStore(openStore);
    const context: WorkflowContext = {
      store,
      tracker: (options) => new WorkflowStateTracker(store(), options),
    };

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
