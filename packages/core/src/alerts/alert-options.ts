import { assertOptions, resolveRedact, resolveServiceName } from '../arguments/recording-options.ts';
import type { RecordingOptions } from '../arguments/recording-options.ts';
import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { Redact } from '../sanitize/redact.ts';
import type { StoreAccessOptions } from '../storage/store-access.ts';
import type { AlertChangeHook } from './alert-change.ts';

/** Options of `AlertManager`. `serviceName` is part of the default fingerprint. */
export interface AlertOptions extends StoreAccessOptions, RecordingOptions {
  /**
   * Milliseconds after an alert was resolved in which the same one is counted and not opened again, at most 31 days. Default 0:
   * it is opened at once.
   */
  cooldownMs?: number | undefined;
}

/** {@link AlertOptions} with the defaults filled in. */
export interface ResolvedAlertOptions {
  readonly redact: Redact;
  readonly serviceName: string | null;
  readonly cooldownMs: number;
  readonly onChange: AlertChangeHook | undefined;
}

/** @throws `INVALID_OPTION` */
export function resolveAlertOptions(
  options: AlertOptions,
  onChange: AlertChangeHook | undefined,
): ResolvedAlertOptions {
  assertOptions(options, 'AlertManager');
  const { cooldownMs = 0 } = options;
  if (!isCooldown(cooldownMs)) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `cooldownMs is ${describeValue(cooldownMs)}; expected milliseconds from 0 to ${MAX_COOLDOWN_MS}. The default is 0.`,
    );
  }
  if (onChange !== undefined && typeof onChange !== 'function') {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `onChange is ${describeValue(onChange)}; expected a function (change) => [{ sql, values }].`,
    );
  }
  return Object.freeze({
    redact: resolveRedact(options.redact),
    serviceName: resolveServiceName(options.serviceName),
    cooldownMs,
    onChange,
  });
}

/** 31 days: past them it is another incident. */
export const MAX_COOLDOWN_MS = 2_678_400_000;

/** True for milliseconds that a cooldown may take. */
export function isCooldown(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_COOLDOWN_MS;
}
