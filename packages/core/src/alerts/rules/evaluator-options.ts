import type { Redact } from '../../sanitize/redact.ts';
import { describeValue } from '../../arguments/describe-value.ts';
import { ObservabilityError } from '../../errors/observability-error.ts';
import type { IngestSignal } from '../../ingest/encoded-batch.ts';
import type { IngestStats } from '../../ingest/ingest-stats.ts';
import { assertOptions } from '../../arguments/recording-options.ts';
import type { StoreAccessOptions } from '../../storage/store-access.ts';
import type { AlertChangeHook } from '../alert-change.ts';
import { resolveAlertOptions } from '../alert-options.ts';
import type { ResolvedAlertOptions } from '../alert-options.ts';
import type { AlertRule } from './alert-rule.ts';
import type { TellDirectly } from './outage-alarm.ts';
import type { ReadNewErrors } from './read-rule.ts';
import type { ResolvedRule } from './resolved-rule.ts';
import { resolveRules } from './resolve-rule.ts';
import { toWholeNumber } from './rule-option.ts';

/** Options of {@link AlertEvaluator}. */
export interface AlertEvaluatorOptions extends StoreAccessOptions {
  /** What is watched. At most 500. */
  rules: readonly AlertRule[];
  /** Whose rules they are; one process of a service evaluates them. Default: nobody's, shared by all that name no service. */
  serviceName?: string | undefined;
  /** Milliseconds between two looks, 1,000 to 3,600,000. Default 15,000. */
  intervalMs?: number | undefined;
  /** Milliseconds a rule may take, 100 to 60,000. Default 5,000: a slow rule holds the others up no longer than that. */
  ruleTimeoutMs?: number | undefined;
  /** Runs on what alerts say, after the default list of what is secret. */
  redact?: Redact | undefined;
  /** What else is stored, in the same transaction, when an alert changes its state. Default nothing. */
  onChange?: AlertChangeHook | undefined;
  /** Tells of a database that is away, for rules of the kind `databaseAway`. Default: they are stored when it is back. */
  tellDirectly?: TellDirectly | undefined;
  /** Reads new errors for rules of the kind `newError`. Default: the groups of errors that are stored. */
  readNewErrors?: ReadNewErrors | undefined;
  /** What has become of the telemetry of this process, for rules of the kind `ingest`. Default: only what is stored is known. */
  ingestStats?: ((signal: IngestSignal) => Pick<IngestStats, 'dropped' | 'spooled'>) | undefined;
  /** @internal How long the lease runs and how often it is renewed, for tests. */
  lease?: { durationMs: number; renewIntervalMs: number } | undefined;
}

/** {@link AlertEvaluatorOptions} with the defaults filled in. */
export interface ResolvedEvaluatorOptions {
  readonly rules: readonly ResolvedRule[];
  readonly intervalMs: number;
  readonly ruleTimeoutMs: number;
  readonly alerts: ResolvedAlertOptions;
}

/**
 * Checks the options and fills the defaults in.
 * @param path what the options are called in messages, with a dot behind; empty for options of their own
 * @throws `INVALID_OPTION`
 */
export function resolveEvaluatorOptions(
  options: AlertEvaluatorOptions,
  path: string,
): ResolvedEvaluatorOptions {
  assertOptions(options, 'AlertEvaluator');
  const { serviceName, redact, onChange, readNewErrors, ingestStats, tellDirectly } = options;
  const alerts = resolveAlertOptions({ serviceName, redact }, onChange);
  for (const [name, value] of Object.entries({ readNewErrors, ingestStats, tellDirectly })) {
    if (value !== undefined && typeof value !== 'function') {
      throw new ObservabilityError(
        'INVALID_OPTION',
        `${path}${name} is ${describeValue(value)}; expected a function.`,
      );
    }
  }
  const context = { serviceName: alerts.serviceName, redact: alerts.redact };
  const rules = resolveRules(`${path}rules`, options.rules, context);
  const interval = { fallback: 15_000, least: 1_000, most: 3_600_000 };
  const timeout = { fallback: 5_000, least: 100, most: 60_000 };
  return Object.freeze({
    rules,
    intervalMs: toWholeNumber(`${path}intervalMs`, options.intervalMs, interval),
    ruleTimeoutMs: toWholeNumber(`${path}ruleTimeoutMs`, options.ruleTimeoutMs, timeout),
    alerts,
  });
}
