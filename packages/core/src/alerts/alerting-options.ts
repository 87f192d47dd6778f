import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { isCooldown, MAX_COOLDOWN_MS } from './alert-options.ts';
import type { AlertRule } from './rules/alert-rule.ts';
import type { ReadNewErrors } from './rules/read-rule.ts';

/** The option `alerts` of `createObservability`. */
export interface AlertingOptions {
  /** What is watched, at most 500 rules. Default none. */
  rules?: readonly AlertRule[] | undefined;
  /** False leaves the evaluation of the rules to other processes of the service. Default true. */
  evaluate?: boolean | undefined;
  /** Milliseconds between two looks at the rules, 1,000 to 3,600,000. Default 15,000. */
  intervalMs?: number | undefined;
  /** Milliseconds a rule may take, 100 to 60,000. Default 5,000. */
  ruleTimeoutMs?: number | undefined;
  /** Milliseconds after an alert was resolved in which `raise` does not open it again, at most 31 days. Default 0. */
  cooldownMs?: number | undefined;
  /** Reads new errors for rules of the kind `newError`. Default: the groups of errors that are stored. */
  readNewErrors?: ReadNewErrors | undefined;
}

/** The keys of {@link AlertingOptions}. */
export const ALERTING_KEYS: readonly (keyof AlertingOptions)[] = [
  'rules',
  'evaluate',
  'intervalMs',
  'ruleTimeoutMs',
  'cooldownMs',
  'readNewErrors',
];

/**
 * Refuses what is no object, keys nobody knows and what the classes do not check. Answers what belongs to it.
 * @param otherKeys that may stand beside
 * @throws `INVALID_OPTION`
 */
export function resolveAlerting(
  options: AlertingOptions | undefined,
  otherKeys: readonly string[] = [],
): AlertingOptions {
  if (options === undefined) {
    return {};
  }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('alerts', options, 'an object such as { rules: [] }');
  }
  const known: readonly string[] = [...ALERTING_KEYS, ...otherKeys];
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw invalid('a key of alerts', unknown, `one of ${known.join(', ')}`);
  }
  if (options.evaluate !== undefined && typeof options.evaluate !== 'boolean') {
    throw invalid('alerts.evaluate', options.evaluate, 'true or false');
  }
  if (options.cooldownMs !== undefined && !isCooldown(options.cooldownMs)) {
    throw invalid('alerts.cooldownMs', options.cooldownMs, `milliseconds from 0 to ${MAX_COOLDOWN_MS}`);
  }
  const { rules, evaluate, intervalMs, ruleTimeoutMs, cooldownMs, readNewErrors } = options;
  return { rules, evaluate, intervalMs, ruleTimeoutMs, cooldownMs, readNewErrors };
}

function invalid(name: string, got: unknown, expected: string): ObservabilityError {
  return new ObservabilityError('INVALID_OPTION', `${name} is ${describeValue(got)}; expected ${expected}.`);
}
