import type { SqlStore } from '../../storage/sql-store.ts';
import { AlertDispatcher } from './alert-dispatcher.ts';
import type { AlertDispatcherOptions } from './alert-dispatcher.ts';
import type { AlertDeliveryOptions } from './delivery-options.ts';
import { resolveDelivery } from './resolve-delivery.ts';

/**
 * What tells receivers of alerts; undefined where there are none.
 * @throws `INVALID_OPTION`, and `DRIVER_MISSING` for e-mail without `nodemailer`
 */
export function createDispatcher(
  store: SqlStore,
  options: AlertDeliveryOptions | undefined,
  shared: Omit<AlertDispatcherOptions, 'delivery'>,
): AlertDispatcher | undefined {
  const delivery = resolveDelivery(options);
  return delivery && new AlertDispatcher(store, { ...shared, delivery });
}
