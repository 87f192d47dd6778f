import { describe, expectTypeOf, it } from 'vitest';
import { hasRows } from '@pg-observability/core';
import type { HealthChecker, HealthStatus, SqlStore } from '@pg-observability/core';

// Only compiled, never called: what must not compile is marked, and the compiler fails where it does.
export function wrongCalls(health: HealthChecker, store: SqlStore, Checker: typeof HealthChecker): void {
  // @ts-expect-error a service without a database says so: new HealthChecker(undefined)
  new Checker();
  // @ts-expect-error a URL is not a store
  new Checker('postgres://127.0.0.1/app');
  // @ts-expect-error no such option
  new Checker(store, { timeout: 5 });
  // @ts-expect-error a memory client has healthCheck()
  new Checker(store, { memoryClient: { ping: () => true } });
  // @ts-expect-error a check is a function, or has one
  new Checker(store, { checks: { cache: 'redis' } });
  // @ts-expect-error a check with settings has a check
  new Checker(store, { checks: { cache: { timeoutMs: 5 } } });
  // @ts-expect-error a startup check is a function: hasRows('dim_timeframe')
  new Checker(store, { startupCheck: 'dim_timeframe' });
  // @ts-expect-error a table has a name
  hasRows();
  // @ts-expect-error draining is true or false
  health.setDraining('now');
  // @ts-expect-error it is read only
  health.startupComplete = true;
}

describe('HealthChecker', () => {
  it('has the types of its answers', () => {
    expectTypeOf<ReturnType<HealthChecker['readiness']>>().toEqualTypeOf<Promise<HealthStatus>>();
    expectTypeOf<HealthStatus['status']>().toEqualTypeOf<'up' | 'degraded' | 'down'>();
  });
});
