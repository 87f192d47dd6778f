import type { RecordingOptions } from '../arguments/recording-options.ts';
import type { StoreAccessOptions } from '../storage/store-access.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import type { AlertChangeHook } from './alert-change.ts';
import { AlertManager } from './alert-manager.ts';
import { resolveAlerting } from './alerting-options.ts';
import type { AlertingOptions } from './alerting-options.ts';
import { AlertEvaluator } from './rules/alert-evaluator.ts';
import type { AlertEvaluatorOptions } from './rules/evaluator-options.ts';

/** What `createObservability` brings along. */
export interface CreateAlertsOptions extends StoreAccessOptions, RecordingOptions {
  ingestStats: AlertEvaluatorOptions['ingestStats'];
  /** What else is stored when an alert changes. */
  onChange?: AlertChangeHook | undefined;
}

/**
 * The alerts of an instance, and who evaluates its rules; undefined where there are none, or others do.
 * @throws `INVALID_OPTION`
 */
export function createAlerts(
  store: SqlStore,
  options: AlertingOptions | undefined,
  { ingestStats, onChange, ...shared }: CreateAlertsOptions,
): [manager: AlertManager, evaluator: AlertEvaluator | undefined] {
  const { rules, evaluate = true, cooldownMs, ...evaluation } = resolveAlerting(options);
  const manager = new AlertManager(store, { ...shared, cooldownMs }, onChange);
  if (rules === undefined) {
    return [manager, undefined];
  }
  // Rules that cannot be are refused in every process.
  const evaluator = new AlertEvaluator(
    store,
    { ...shared, ...evaluation, rules, ingestStats, onChange },
    'alerts.',
  );
  return [manager, evaluate ? evaluator : undefined];
}
