import { MetricsCollector } from '@pg-observability/core';
import { describe } from 'vitest';
import { useContractStore } from './contract-store.ts';
import type { OpenContractStore } from './contract-store.ts';
import type { MetricsContext } from './metrics-contract-context.ts';
import { describeMetricFaults } from './metrics-contract-faults.ts';
import { describeMetricGroups } from './metrics-contract-groups.ts';
import { describeMetricHostileInput } from './metrics-contract-hostile-input.ts';
import { describeMetricPercentiles } from './metrics-contract-percentiles.ts';
import { describeMetricPoints } from './metrics-contract-points.ts';
import { describeMetricRefusals } from './metrics-contract-refusals.ts';
import { describeMetricSeries } from './metrics-contract-series.ts';
import { createQuietLogger } from './quiet-logger.ts';

/** What `MetricsCollector` promises on every store. */
export function describeMetricsContract(name: string, openStore: OpenContractStore): void {
  describe(`MetricsCollector on ${name}`, () => {
    const store = useContractStore(openStore);
    const context: MetricsContext = {
      store,
      collector: (options) =>
        new MetricsCollector(store(), {
          flushIntervalMs: 3_600_000,
          logger: createQuietLogger(),
          ...options,
        }),
    };

    describeMetricPoints(context);
    describeMetricPercentiles(context);
    describeMetricGroups(context);
    describeMetricSeries(context);
    describeMetricHostileInput(context);
    describeMetricRefusals(context);
    describeMetricFaults(context);
  });
}
