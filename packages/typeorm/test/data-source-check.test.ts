import { HealthChecker, withTracingContext } from '@pg-observability/core';
import { createTestObservability } from '@pg-observability/core/testing';
import { createQuietLogger, testDatabase } from '@pg-observability/testkit';
import { DataSource } from 'typeorm';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { dataSourceCheck, traceQueries } from '../src/index.ts';
import { closeDataSources, dataSourceOptions, openDataSource } from './support/data-sources.ts';

const { url } = await testDatabase();
afterAll(closeDataSources);

function createHealth(dataSource: DataSource, timeoutMs = 10_000): HealthChecker {
  const checks = { orders: dataSourceCheck(dataSource) };
  return new HealthChecker(undefined, { checks, timeoutMs, logger: createQuietLogger() });
}

describe('dataSourceCheck', () => {
  it('is up while PostgreSQL answers, and down before initialize() and after destroy()', async () => {
    const dataSource = new DataSource(dataSourceOptions(url));
    const health = createHealth(dataSource);
    const before = await health.readiness();
    await dataSource.initialize();
    const open = await health.readiness();
    await dataSource.destroy();

    const after = await health.readiness();

    expect([before, open, after].map(({ status }) => status)).toEqual(['down', 'up', 'down']);
    expect(after.details?.['orders']?.message).toBe('the DataSource is not initialised');
  });

  it('sees a pool that is used up, takes one connection of it at most, and gives it back', async () => {
    const dataSource = await openDataSource(url, { extra: { max: 1 } });
    const holder = dataSource.createQueryRunner();
    await holder.connect();
    const health = createHealth(dataSource, 100);
    const whileHeld = [await health.readiness(), await health.readiness()];
    await holder.release();
    await expect.poll(async () => (await health.readiness()).status, { timeout: 20_000 }).toBe('up');

    const free = await Promise.all([dataSource.query('select 1 as one'), health.readiness()]);

    expect(whileHeld.map(({ status }) => status)).toEqual(['down', 'down']);
    expect([free[0], free[1].status]).toEqual([[{ one: 1 }], 'up']);
  });

  it('makes no span, also where queries are traced and a span is active', async () => {
    const test = createTestObservability();
    onTestFinished(() => test.shutdown());
    const dataSource = await openDataSource(url);
    traceQueries(dataSource);
    const health = createHealth(dataSource);

    await withTracingContext('probe', async () => {
      await health.readiness();
      await dataSource.query('select 2');
    });

    const names = (await test.spans()).map(({ name }) => name);
    expect(names).toHaveLength(2);
    expect(names[0]).toBe('probe');
  });

  it.each([
    undefined,
    null,
    5,
    {},
    'postgres://app:hunter2@db/app',
    { options: { type: 'mysql' }, createQueryRunner: () => undefined },
  ])('refuses what is no DataSource of PostgreSQL, case %$', (dataSource) => {
    expect(() => dataSourceCheck(dataSource as never)).toThrow(
      /^\[INVALID_ARGUMENT\] dataSourceCheck got (?!.*hunter2)/,
    );
  });
});
