import { createQuietLogger, testDatabase } from '@pg-observability/testkit';
import { expect, it, onTestFinished, vi } from 'vitest';
import { MetricsCollector } from '../../src/index.ts';
import { postgresStore } from '../../src/node-postgres/index.ts';

it('counts on through a handle whose series was idle for an hour, for those who read totals too', async () => {
  const { url } = await testDatabase();
  let now = Date.now();
  const metrics = new MetricsCollector(postgresStore(url), {
    logger: createQuietLogger(),
    flushIntervalMs: 5,
    now: () => now,
  });
  onTestFinished(() => metrics.shutdown());
  const hits = metrics.bind('hits', 'counter');
  const totals = (): number[] => metrics.snapshot().map(({ value }) => value);

  hits.add(3);
  await metrics.flush();
  const before = totals();
  now += 3_600_001;
  await vi.waitFor(() => expect(totals()).toEqual([]));
  hits.add(2);
  const after = totals();
  await metrics.flush();

  expect([before, after]).toEqual([[3], [5]]);
  const points = await metrics.query('hits');
  expect(points.map(({ value }) => value)).toEqual([3, 2]);
});
