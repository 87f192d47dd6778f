import { expect, it } from 'vitest';
import { HealthChecker } from '../../../src/health/health-checker.ts';
import { createQuietLogger } from '@pg-observability/testkit';

it.each([
  ...[null, 5, 'yes', [], { maxQueued: 9 }, { maxQueued: 1.5 }, { maxQueued: Number.NaN }, { gapMs: 0 }].map(
    (history) => ({ history }),
  ),
  ...[
    null,
    5,
    [],
    { changes: 1 },
    { changes: 1_001 },
    { changes: '5' },
    { withinMs: -1 },
    { withinMs: 2 ** 31 },
  ].map((flapping) => ({ flapping })),
  ...['', 5, null, 'x'.repeat(257), 'a\0'].map((serviceName) => ({ serviceName })),
  ...[{ cacheMs: -1 }, { cacheMs: '5' }, { background: 1 }, { background: true, cacheMs: 0 }].map(
    (settings) => ({
      checks: { a: { check: () => true, ...settings } },
    }),
  ),
])('refuses options of the wrong kind, case %$', (options) => {
  expect(() => new HealthChecker(undefined, options as never)).toThrow(/^\[INVALID_OPTION\] .{1,500}$/s);
});

it('says that there is no history without a store', async () => {
  const health = new HealthChecker(undefined, { history: true, logger: createQuietLogger() });
  await health.readiness();

  await expect(health.history()).rejects.toMatchObject({ code: 'STORE_REQUIRED' });
  await expect(health.uptime()).rejects.toMatchObject({ code: 'STORE_REQUIRED' });
  await health.flush();
  await health.shutdown();
  expect(health.stats()).toMatchObject({ history: null, checks: { ready: { status: 'up', changes: 0 } } });
});
