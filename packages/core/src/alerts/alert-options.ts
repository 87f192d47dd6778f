import { assertOptions, resolveRedact, resolveServiceName } from '../arguments/recording-options.ts';
import type { RecordingOptions } from '../arguments/recording-options.ts';
import type { Redact } from '../sanitize/redact.ts';
import type { StoreAccessOptions } from '../storage/store-access.ts';

/** Options of `AlertManager`. `serviceName` is part of the default fingerprint. */
export interface AlertOptions extends StoreAccessOptions, RecordingOptions {}

/** {@link AlertOptions} with the defaults filled in. */
export interface ResolvedAlertOptions {
  readonly redact: Redact;
  readonly serviceName: string | null;
}

/** @throws `INVALID_OPTION` */
export function resolveAlertOptions(options: AlertOptions): ResolvedAlertOptions {
  assertOptions(options, 'AlertManager');
  return Object.freeze({
    redact: resolveRedact(options.redact),
    serviceName: resolveServiceName(options.serviceName),
  });
}
