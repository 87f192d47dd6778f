import type { RecordingOptions } from '../arguments/recording-options.ts';
import type { Log } from '../logging/log-once.ts';
import type { StoreAccessOptions } from '../storage/store-access.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import type { AlertChangeHook } from './alert-change.ts';
import { AlertManager } from './alert-manager.ts';
import { ALERTING_KEYS, resolveAlerting } from './alerting-options.ts';
import type { AlertingOptions } from './alerting-options.ts';
import { AlertDispatcher } from './delivery/alert-dispatcher.ts';
import type { AlertDeliveryOptions } from './delivery/delivery-options.ts';
import { DELIVERY_KEYS, resolveDelivery } from './delivery/resolve-delivery.ts';
import { AlertEvaluator } from './rules/alert-evaluator.ts';
import type { AlertEvaluatorOptions } from './rules/evaluator-options.ts';

/** What `createObservability` brings along. */
export interface CreateAlertsOptions extends StoreAccessOptions, RecordingOptions {
  log: Log;
  ingestStats: AlertEvaluatorOptions['ingestStats'];
  /** Called before somebody is told of a change: the instance may not have been started yet. */
  wakeUp: () => unknown;
}

/** The alerts of an instance. */
export interface ComposedAlerts {
  readonly manager: AlertManager;
  /** Undefined where there are no rules, or others evaluate them. */
  readonly evaluator: AlertEvaluator | undefined;
  /** Undefined where there is nobody to tell. */
  readonly dispatcher: AlertDispatcher | undefined;
}

/**
 * The alerts of an instance, who evaluates its rules and who tells of what they raise.
 * @throws `INVALID_OPTION`, and `DRIVER_MISSING` for e-mail without `nodemailer`
 */
export function createAlerts(
  store: SqlStore,
  options: (AlertingOptions & AlertDeliveryOptions) | undefined,
  { ingestStats, wakeUp, log, ...shared }: CreateAlertsOptions,
): ComposedAlerts {
  const { rules, evaluate = true, cooldownMs, ...evaluation } = resolveAlerting(options, DELIVERY_KEYS);
  const delivery = resolveDelivery(options, ALERTING_KEYS);
  const dispatcher = delivery && new AlertDispatcher(store, { ...shared, log, delivery });
  const onChange: AlertChangeHook | undefined =
    dispatcher &&
    ((change) => {
      wakeUp();
      return dispatcher.onChange(change);
    });
  const manager = new AlertManager(store, { ...shared, cooldownMs }, onChange);
  if (rules === undefined) {
    return { manager, evaluator: undefined, dispatcher };
  }
  // Rules that cannot be are refused in every process.
  const evaluator = new AlertEvaluator(
    store,
    { ...shared, ...evaluation, rules, ingestStats, onChange, tellDirectly: dispatcher?.tellDirectly },
    'alerts.',
  );
  return { manager, evaluator: evaluate ? evaluator : undefined, dispatcher };
}
