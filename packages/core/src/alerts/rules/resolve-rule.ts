import { ALERT_SEVERITIES } from '../alert.ts';
import { msToText } from './duration.ts';
import type { FlappingOptions } from './alert-rule.ts';
import type { ResolvedRule, RuleLimit, RuleSource } from './resolved-rule.ts';
import type { RuleContext } from './resolve-selection.ts';
import { resolveKind, RULE_KINDS } from './resolve-kind.ts';
import type { RuleTiming } from './rule-state.ts';
import {
  assertKeys,
  invalidRule,
  toMs,
  toOneOf,
  toText,
  toTextOrNull,
  toWholeNumber,
} from './rule-option.ts';
import type { Given } from './rule-option.ts';

const DAY_MS = 86_400_000;
const MAX_RULES = 500;
const COMMON_KEYS = ['alertType', 'severity', 'title', 'for', 'cooldown', 'missing', 'flapping', 'kind'];

/**
 * Checks rules and fills the defaults in.
 * @param path what they are called in messages
 * @throws `INVALID_OPTION` with the path of what is wrong
 */
export function resolveRules(path: string, rules: unknown, context: RuleContext): readonly ResolvedRule[] {
  if (!Array.isArray(rules) || rules.length > MAX_RULES) {
    throw invalidRule(path, rules, `an array of at most ${MAX_RULES} rules`);
  }
  const resolved = Array.from(rules, (rule: unknown, index) =>
    resolveRule(`${path}[${index}]`, rule, context),
  );
  resolved.forEach(({ alertType }, index) => {
    if (resolved.findIndex((other) => other.alertType === alertType) < index) {
      throw invalidRule(`${path}[${index}].alertType`, alertType, 'one that no other rule has');
    }
  });
  return Object.freeze(resolved);
}

function resolveRule(path: string, rule: unknown, context: RuleContext): ResolvedRule {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule)) {
    throw invalidRule(path, rule, "a rule such as { kind: 'metric', alertType: 'orders_slow', … }");
  }
  const kind = toOneOf(`${path}.kind`, (rule as Given)['kind'] ?? null, RULE_KINDS);
  const { keys, resolve, missing } = resolveKind(kind);
  assertKeys(path, rule, [...COMMON_KEYS, ...keys]);
  const alertType = toText(`${path}.alertType`, rule['alertType'], 128);
  const { source, limit, valueName, title, unit, forMs } = resolve(path, rule, context);
  return Object.freeze({
    alertType,
    severity: toOneOf(`${path}.severity`, rule['severity'], ALERT_SEVERITIES, 'error'),
    title:
      toTextOrNull(`${path}.title`, rule['title'], 400) ??
      title ??
      `${valueName} is ${describeLimit(limit, unit)}`,
    labels: labelsOf(source),
    ...resolveTiming(path, rule, missing),
    ...(forMs === undefined ? {} : { forMs }),
    cooldownMs: toMs(`${path}.cooldown`, rule['cooldown'], { fallback: 0 }),
    limit,
    valueName,
    unit,
    source,
  });
}

/** What an alert is about besides its group, so that silences can match it. */
function labelsOf(source: RuleSource): Readonly<Record<string, string>> {
  if ('selection' in source) {
    return source.selection.labels;
  }
  return source.kind === 'heartbeat' ? { heartbeat: source.heartbeat } : {};
}

function resolveTiming(path: string, rule: Given, missing: RuleTiming['missing']): RuleTiming {
  return {
    forMs: toMs(`${path}.for`, rule['for'], { fallback: 0 }),
    missing: toOneOf(`${path}.missing`, rule['missing'], ['ok', 'keep', 'fire'], missing),
    flapping: resolveFlapping(`${path}.flapping`, rule['flapping']),
  };
}

function resolveFlapping(path: string, flapping: unknown): RuleTiming['flapping'] {
  if (flapping === false) {
    return null;
  }
  const options: unknown = flapping ?? (flapping === null ? null : {});
  assertKeys(path, options, ['changes', 'within', 'quiet'] satisfies (keyof FlappingOptions)[]);
  return Object.freeze({
    changes: toWholeNumber(`${path}.changes`, options['changes'], { fallback: 6, least: 2, most: 100 }),
    withinMs: toMs(`${path}.within`, options['within'], { fallback: 3_600_000, least: 1_000, most: DAY_MS }),
    quietMs: toMs(`${path}.quiet`, options['quiet'], { fallback: 900_000, least: 1_000, most: DAY_MS }),
  });
}

/** A limit for people. */
export function describeLimit(limit: RuleLimit, unit: string): string {
  const number = 'above' in limit ? limit.above : limit.below;
  return `${'above' in limit ? 'above' : 'below'} ${describeNumber(number, unit)}`;
}

/** A number for people, with its unit. */
export function describeNumber(value: number, unit: string): string {
  if (unit === 'ms') {
    return msToText(value < 1_000 ? value : Math.round(value / 1_000) * 1_000);
  }
  if (unit === '%') {
    return `${Number((value * 100).toPrecision(6))} %`;
  }
  return `${Number(value.toPrecision(6))}${unit === '' ? '' : ` ${unit}`}`;
}
