import { MetricsCollector } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { selectPercentileParts } from '../../../src/metrics/reading/percentiles.sql.ts';
import { selectMetricPoints } from '../../../src/metrics/reading/points-in-range.sql.ts';
import { selectSeriesSums } from '../../../src/metrics/reading/series-sums.sql.ts';

let store: SqlStore;

beforeAll(async () => {
  store = postgresStore((await testDatabase()).url);
  const metrics = new MetricsCollector(store, { now: () => Date.parse('2026-06-15T00:00:00Z') });
  for (const month of ['2026-03', '2026-04', '2026-05', '2026-06']) {
    const timestamp = new Date(`${month}-10T00:00:00Z`);
    metrics.record({ name: 'pruned', value: 1, metricType: 'gauge', timestamp, labels: {} });
  }
  await metrics.shutdown();
});

afterAll(async () => store.close?.());

const range = [Date.parse('2026-04-20T00:00:00Z'), Date.parse('2026-05-20T00:00:00Z')];
const everything = ['pruned', '{}', null, '[]', null];

it.each([
  ['query', selectMetricPoints, ['pruned', ...range, '{}', 10, null]],
  [
    'percentiles',
    selectPercentileParts(['points']),
    [...everything, '{"fractions":[0.95],"tail":0.9}', 1, ...range],
  ],
  ['series', selectSeriesSums(['points']), [...everything, null, 1, ...range]],
])('%s reads only the months of its range', async (_call, statement, values) => {
  const { rows } = await store.query(`explain ${statement}`, values);

  const partitions = new Set(JSON.stringify(rows).match(/metrics_p\d{6}\b/g));
  expect([...partitions].toSorted()).toEqual(['metrics_p202604', 'metrics_p202605']);
});
