import { expect, it } from 'vitest';
import { hasRows } from '../../src/health/has-rows.ts';
import { HealthChecker } from '../../src/health/health-checker.ts';

it.each([
  undefined,
  null,
  5,
  {},
  '',
  '.',
  'a.',
  '.b',
  'a.b.c',
  'a\0b',
  '\ud800',
  'x'.repeat(64),
  'ü'.repeat(32),
  'x'.repeat(10_000_000),
])('refuses what is no name of a table, case %$', (table) => {
  expect(() => hasRows(table as never)).toThrow(/^\[INVALID_ARGUMENT\] .{1,400}$/s);
});

it('is down, and says why, without a store', async () => {
  const health = new HealthChecker(undefined, { startupCheck: hasRows('dim_timeframe') });

  const { details } = await health.startup();

  expect(details?.['startup']).toMatchObject({
    status: 'down',
    message: 'hasRows needs a store: give one to the HealthChecker',
  });
});
