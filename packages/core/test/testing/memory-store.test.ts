import type { SqlStore } from '@pg-observability/core';
import { describeAlertContract } from '../../../testkit/src/contract/alert-contract.ts';
import { describeMetricsContract } from '../../../testkit/src/contract/metrics-contract.ts';
import { describeWorkflowContract } from '../../../testkit/src/contract/workflow-contract.ts';
import { createMemoryStore } from '../../src/testing/memory-store/memory-store.ts';
import { findHandWritten } from './hand-written-sql.ts';

// The same suites as on PostgreSQL: that is what makes the memory store right.
const open = async (): Promise<{ store: SqlStore; close(): Promise<void> }> => ({
  store: createMemoryStore(findHandWritten),
  close: async () => undefined,
});

describeWorkflowContract('the memory store', open);
describeAlertContract('the memory store', open);
describeMetricsContract('the memory store', open);
