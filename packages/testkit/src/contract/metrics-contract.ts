import { MetricsCollector } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { afterAll, beforeAll, describe } from 'vitest';
import { describeMetricFaults } from './metrics-contract-faults.ts';
import { describeMetricGroups } from './metrics-contract-groups.ts';
import { describeMetricHostileInput } from './metrics-contract-hostile-input.ts';
import { describeMetricPercentiles } from './metrics-contract-percentiles.ts';
import { describeMetricPoints } from './metrics-contract-points.ts';
import { describeMetricRefusals } from './metrics-contract-refusals.ts';
import { describeMetricSeries } from './metrics-contract-series.ts';
import { createQuietLogger } from './quiet-logger.ts';

/** A store with a database of its own, and how to let go of it. */
export interface OpenedStore {
  store: SqlStore;
  close(): Promise<void>;
}

/** What a part of the contract works with. Every test uses names of its own, so they share one database. */
export interface MetricsContext {
  /** The store of the whole suite. */
  store(): SqlStore;
  /** A collector on it that keeps quiet and writes only when asked. */
  collector(options?: ConstructorParameters<typeof MetricsCollector>[1]): MetricsCollector;
}

/** What `MetricsCollector` promises on every store. */
export function describeMetricsContract(name: string, openStore: () => Promise<OpenedStore>): void {
  describe(`MetricsCollector on ${name}`, () => {
    let opened: OpenedStore | undefined;
    const store = (): SqlStore => {
      if (opened === undefined) {
        throw new Error('The store is opened before the first test.');
      }
      return opened.store;
    };
    const context: MetricsContext = {
      store,
      collector: (options) =>
        new MetricsCollector(store(), {
          flushIntervalMs: 3_600_000,
          logger: createQuietLogger(),
          ...options,
        }),
    };

    beforeAll(async () => {
      opened = await openStore();
      // An embedded database takes seconds to start; the tables are left to the first collector.
      await opened.store.query('select 1');
    }, 60_000);

    afterAll(async () => {
      await opened?.close();
    });

    describeMetricPoints(context);
    describeMetricPercentiles(context);
    describeMetricGroups(context);
    describeMetricSeries(context);
    describeMetricHostileInput(context);
    describeMetricRefusals(context);
    describeMetricFaults(context);
  });
}
