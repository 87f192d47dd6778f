import { describe, expectTypeOf, it } from 'vitest';
import type {
  Alert,
  AlertHistoryEntry,
  AlertManager,
  AlertRule,
  Silence,
  SqlStore,
} from '@pg-observability/core';
import { AlertEvaluator, AlertManager as Manager } from '@pg-observability/core';

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
  // @ts-expect-error who silences is needed
  void alerts.silence({ matchers: { alertType: 'x' }, forMs: 1 });
  // @ts-expect-error no such matcher
  void alerts.silence({ matchers: { type: 'x' }, forMs: 1, by: 'ann' });
  const rules: AlertRule[] = [
    // @ts-expect-error a rule has an alert type
    { kind: 'metric', name: 'm', aggregate: 'rate', above: 1 },
    // @ts-expect-error a duration has a unit
    { kind: 'metric', alertType: 'a', name: 'm', aggregate: 'rate', above: 1, over: '5' },
    // @ts-expect-error no such aggregate
    { kind: 'metric', alertType: 'a', name: 'm', aggregate: 'median', above: 1 },
    // @ts-expect-error not of this kind
    { kind: 'heartbeat', alertType: 'a', heartbeat: 'h', within: '1h', above: 1 },
    { kind: 'metric', alertType: 'a', name: 'm', aggregate: 'p99.9', below: 1, over: '1.5h' },
  ];
  void new AlertEvaluator(store, { rules });
}

describe('the types of AlertManager', () => {
  it('answer alerts', () => {
    expectTypeOf<AlertManager['raise']>().returns.resolves.toEqualTypeOf<Alert>();
    expectTypeOf<AlertManager['acknowledge']>().returns.resolves.toEqualTypeOf<Alert>();
    expectTypeOf<AlertManager['resolve']>().returns.resolves.toEqualTypeOf<Alert>();
    expectTypeOf<AlertManager['get']>().returns.resolves.toEqualTypeOf<Alert | null>();
    expectTypeOf<AlertManager['list']>().returns.resolves.toEqualTypeOf<Alert[]>();
    expectTypeOf<AlertManager['history']>().returns.resolves.toEqualTypeOf<AlertHistoryEntry[]>();
    expectTypeOf<AlertManager['silence']>().returns.resolves.toEqualTypeOf<Silence>();
    expectTypeOf<AlertManager['silences']>().returns.resolves.toEqualTypeOf<Silence[]>();
    expectTypeOf(wrongCalls).returns.toBeVoid();
  });
});
