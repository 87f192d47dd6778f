import { ensureObservabilityTables, runHousekeeping, storageForecast } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { testDatabase } from '@pg-observability/testkit';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { typeormStore } from '../../src/index.ts';
import { dataSourceOptions } from '../support/data-sources.ts';

let url: string;
let store: SqlStore;
beforeAll(async () => {
  ({ url } = await testDatabase());
  store = typeormStore(new DataSource(dataSourceOptions(url)));
  await ensureObservabilityTables(store);
});
afterAll(() => store.close?.());

it('keeps house through a DataSource: detaching concurrently runs in no transaction of its own', async () => {
  await store.script(`
    create table observability.spans_p20260105 (like observability.spans including all);
    alter table observability.spans attach partition observability.spans_p20260105
      for values from ('2026-01-05 00:00:00+00') to ('2026-01-06 00:00:00+00');`);

  const report = await runHousekeeping(store);
  const forecast = await storageForecast(store);

  expect(report).toMatchObject({ ok: true, unfinished: false });
  expect(report.steps.flatMap(({ dropped }) => dropped)).toEqual(['spans_p20260105']);
  expect(forecast.partitions).toHaveLength(22);
});
