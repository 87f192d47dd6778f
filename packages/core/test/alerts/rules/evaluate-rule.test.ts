import { expect, it } from 'vitest';
import { evaluateRule, toObservation } from '../../../src/alerts/rules/evaluate-rule.ts';
import type { RuleOutcome } from '../../../src/alerts/rules/evaluate-rule.ts';
import { resolveRules } from '../../../src/alerts/rules/resolve-rule.ts';
import type { ResolvedRule } from '../../../src/alerts/rules/resolved-rule.ts';
import type { RuleReading } from '../../../src/alerts/rules/rule-reading.ts';
import type { StoredRuleState } from '../../../src/alerts/rules/rule-state-row.ts';

const T0 = Date.UTC(2026, 0, 1);

function createRule(options: object = {}): ResolvedRule {
  const rule = {
    kind: 'metric',
    alertType: 'waiting',
    name: 'orders.waiting',
    aggregate: 'last',
    above: 10,
    ...options,
  };
  const [resolved] = resolveRules('rules', [rule], { serviceName: 'shop', redact: (_key, value) => value });
  return resolved as ResolvedRule;
}

/** Looks again and again, and remembers what was to be stored, as a database would. */
function lookAgain(rule: ResolvedRule, looks: readonly (readonly RuleReading[])[]): [string, string][][] {
  const stored = new Map<string, StoredRuleState>();
  return looks.map((readings, index) => {
    const outcomes = evaluateRule(rule, 'shop', readings, [...stored.values()], T0 + index * 15_000);
    outcomes.forEach((outcome) => stored.set(outcome.fingerprint, outcome));
    return outcomes.map(({ labels, action }): [string, string] => [labels['queue'] ?? '', action]);
  });
}

const reading = (queue: string, value: number | null): RuleReading => ({ labels: { queue }, value });

it.each([
  [{ above: 10 }, 10.000_001, 'met'],
  [{ above: 10 }, 10, 'not met'],
  [{ above: 10 }, -Infinity, 'not met'],
  [{ above: 10 }, Infinity, 'met'],
  [{ below: 10 }, 9.999_999, 'met'],
  [{ below: 10 }, 10, 'not met'],
  [{ below: 0 }, -0, 'not met'],
  [{ above: 0 }, 5e-324, 'met'],
  [{ above: 10 }, null, 'missing'],
  [{ above: 10 }, Number.NaN, 'missing'],
  [{ below: 10 }, Number.NaN, 'missing'],
] as const)('compares with %j: %d is %s', (limit, value, verdict) => {
  expect(toObservation(limit, { labels: {}, value }).verdict).toBe(verdict);
});

it('has a state and an alert for each group', () => {
  const actions = lookAgain(createRule(), [
    [reading('mail', 11), reading('sms', 3)],
    [reading('mail', 12), reading('sms', 30)],
    [reading('mail', 2), reading('sms', 30)],
    [],
  ]);

  expect(actions).toEqual([
    [['mail', 'fire']],
    [['sms', 'fire']],
    [['mail', 'resolve']],
    [['sms', 'resolve']],
  ]);
});

it('leaves a group that is no longer there as it is, where told so', () => {
  const actions = lookAgain(createRule({ missing: 'keep' }), [
    [reading('mail', 11)],
    [],
    [],
    [reading('mail', 1)],
  ]);

  expect(actions).toEqual([[['mail', 'fire']], [], [], [['mail', 'resolve']]]);
});

it('stores nothing of a group that is well and was', () => {
  expect(
    lookAgain(createRule(), [[reading('mail', 1)], [reading('mail', 2)], [reading('mail', null)]]),
  ).toEqual([[], [], []]);
});

it('gives each group of labels a fingerprint of its own, whatever their order', () => {
  const groups: Record<string, string>[] = [
    { a: '1', b: '2' },
    { b: '2', a: '1' },
    { a: '1' },
    { a: '1,b:2' },
    {},
  ];
  const prints = groups.map((labels) => {
    const [outcome] = evaluateRule(createRule(), 'shop', [{ labels, value: 11 }], [], T0);
    return (outcome as RuleOutcome).fingerprint;
  });

  expect(prints[0]).toBe(prints[1]);
  expect(new Set(prints).size).toBe(4);
});

it('looks at thousands of groups', () => {
  const readings = Array.from({ length: 1_000 }, (_, n) => reading(`queue ${n}`, n));

  expect(lookAgain(createRule({ above: 499 }), [readings, readings])).toEqual([
    readings.slice(500).map(({ labels }) => [labels['queue'], 'fire']),
    [],
  ]);
});
