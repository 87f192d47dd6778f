import { describe, expectTypeOf, it } from 'vitest';
import type { Alert, AlertManager, SqlStore } from '@pg-observability/core';
import { AlertManager as Manager } from '@pg-observability/core';

// Compiled, never run: what is wrong must not compile.
function wrongCalls(alerts: AlertManager, store: SqlStore): void {
  // @ts-expect-error a store is needed
  void new Manager();
  // @ts-expect-error unknown option
  void new Manager(store, { actor: 'shop' });
  // @ts-expect-error a severity is needed
  void alerts.raise({ alertType: 'payment_failed', title: 'Payments fail' });
  // @ts-expect-error no such severity
  void alerts.raise({ alertType: 'payment_failed', severity: 'fatal', title: 'Payments fail' });
  // @ts-expect-error unknown argument
  void alerts.raise({ alertType: 'payment_failed', severity: 'info', title: 'Payments fail', details: {} });
  // @ts-expect-error who takes it on is needed
  void alerts.acknowledge(1);
  // @ts-expect-error an id is a number
  void alerts.resolve('1');
  // @ts-expect-error no such state
  void alerts.list({ state: 'open' });
}

describe('the types of AlertManager', () => {
  it('answer alerts', () => {
    expectTypeOf<AlertManager['raise']>().returns.resolves.toEqualTypeOf<Alert>();
    expectTypeOf<AlertManager['acknowledge']>().returns.resolves.toEqualTypeOf<Alert>();
    expectTypeOf<AlertManager['resolve']>().returns.resolves.toEqualTypeOf<Alert>();
    expectTypeOf<AlertManager['get']>().returns.resolves.toEqualTypeOf<Alert | null>();
    expectTypeOf<AlertManager['list']>().returns.resolves.toEqualTypeOf<Alert[]>();
    expectTypeOf(wrongCalls).returns.toBeVoid();
  });
});
