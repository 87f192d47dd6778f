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
  /** Reads new errors for rules of the kind `newError`, which need it. */
  readNewErrors?: ReadNewErrors | undefined;
}

const KEYS: readonly (keyof AlertingOptions)[] = [
  'rules',
  'evaluate',
  'intervalMs',
  'ruleTimeoutMs',
  'cooldownMs',
  'readNewErrors',
];

/**
 * Refuses what is no object, keys nobody knows and what the classes do not check.
 * @throws `INVALID_OPTION`
 */
export function resolveAlerting(options: AlertingOptions | undefined): AlertingOptions {
  if (options === undefined) {
    return {};
  }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('alerts', options, 'an object such as { rules: [] }');
  }
  const unknown = Object.keys(options).find((key) => !(KEYS as readonly string[]).includes(key));
  if (unknown !== undefined) {
    throw invalid('a key of alerts', unknown, `one of ${KEYS.join(', ')}`);
  }
  if (options.evaluate !== undefined && typeof options.evaluate !== 'boolean') {
    throw invalid('alerts.evaluate', options.evaluate, 'true or false');
  }
  if (options.cooldownMs !== undefined && !isCooldown(options.cooldownMs)) {
    throw invalid('alerts.cooldownMs', options.cooldownMs, `milliseconds from 0 to ${MAX_COOLDOWN_MS}`);
  }
  return options;
}

function invalid(name: string, got: unknown, expected: string): ObservabilityError {
  return new ObservabilityError('INVALID_OPTION', `${name} is ${describeValue(got)}; expected ${expected}.`);
}
