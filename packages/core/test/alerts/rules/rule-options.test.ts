import { describe, expect, it } from 'vitest';
import { AlertEvaluator, createObservability, ObservabilityError } from '@pg-observability/core';
import type { AlertEvaluatorOptions, AlertRule } from '@pg-observability/core';
import { memoryStore } from '@pg-observability/core/testing';
import { createNotNames } from '../../../../testkit/src/contract/hostile-values.ts';
import { resolveRules } from '../../../src/alerts/rules/resolve-rule.ts';

const METRIC = { kind: 'metric', alertType: 'a', name: 'm', aggregate: 'rate', above: 1 };
const RATIO = { kind: 'errorRatio', alertType: 'a', above: 0.05 };
const NO_DATA = { kind: 'noData', alertType: 'a', name: 'm', within: '10m' };
const HEARTBEAT = { kind: 'heartbeat', alertType: 'a', heartbeat: 'backup', within: '25h' };
const HEALTH = { kind: 'health', alertType: 'a' };
const STUCK = { kind: 'stuckWorkflow', alertType: 'a' };
const NEW_ERROR = { kind: 'newError', alertType: 'a' };
const INGEST = { kind: 'ingest', alertType: 'a', measure: 'dropped' };
const ALL = [METRIC, RATIO, NO_DATA, HEARTBEAT, HEALTH, STUCK, NEW_ERROR, INGEST];

function refusal(create: () => unknown): string {
  try {
    create();
    return 'accepted';
  } catch (error) {
    return error instanceof ObservabilityError ? error.message : `another error: ${String(error)}`;
  }
}

function refuse(rule: unknown): string {
  return refusal(
    () =>
      new AlertEvaluator(memoryStore(), {
        rules: [{ ...HEALTH, alertType: 'other' }, rule] as AlertRule[],
        readNewErrors: async () => [],
      }),
  );
}

const hostile = Object.entries(createNotNames(1_000));
const NOT_DURATIONS = ['', '5', '5 m', '-5m', '32d', 5, 5n, null, Number.NaN, {}, ['5m']];
const NOT_NUMBERS = ['1', 1n, null, Number.NaN, Infinity, -Infinity, {}, [1], true];

describe('the options of rules', () => {
  it.each(ALL.map((rule) => [rule.kind, rule] as const))('take a %s rule', (_kind, rule) => {
    expect(refuse(rule)).toBe('accepted');
  });

  it.each([
    ...['kind', 'alertType'].flatMap((key) =>
      hostile.map(([what, value]) => [key, what, { ...METRIC, [key]: value }] as const),
    ),
    ...['name', 'aggregate', 'serviceName', 'title', 'severity'].flatMap((key) =>
      hostile
        .filter(([what]) => key !== 'serviceName' || what !== 'null')
        .map(([what, value]) => [key, what, { ...METRIC, [key]: value }] as const),
    ),
    ...hostile.map(([what, value]) => ['heartbeat', what, { ...HEARTBEAT, heartbeat: value }] as const),
    ...hostile.map(([what, value]) => ['check', what, { ...HEALTH, check: value }] as const),
    ...hostile.map(([what, value]) => ['workflowType', what, { ...STUCK, workflowType: value }] as const),
  ])('refuse a %s that is %s', (key, _what, rule) => {
    expect(refuse(rule)).toMatch(
      new RegExp(`^\\[INVALID_OPTION\\] rules\\[1\\]\\.${key} is [^\\r\\n]{1,400}$`),
    );
  });

  it.each([
    ...NOT_DURATIONS.flatMap((value) => [
      ...['for', 'cooldown', 'over'].map((key) => [key, { ...METRIC, [key]: value }] as const),
      ['over', { ...RATIO, over: value }] as const,
      ['over', { ...INGEST, over: value }] as const,
      ['within', { ...NO_DATA, within: value }] as const,
      ['lookback', { ...NO_DATA, lookback: value }] as const,
      ['within', { ...HEARTBEAT, within: value }] as const,
      ['within', { ...NEW_ERROR, within: value }] as const,
      ['flapping.within', { ...METRIC, flapping: { within: value } }] as const,
      ['flapping.quiet', { ...METRIC, flapping: { quiet: value } }] as const,
    ]),
    ...NOT_NUMBERS.flatMap((value) => [
      ['above', { ...METRIC, above: value }] as const,
      ['below', { ...METRIC, above: undefined, below: value }] as const,
      ['above', { ...RATIO, above: value }] as const,
      ['atLeast', { ...RATIO, atLeast: value }] as const,
      ['above', { ...STUCK, above: value }] as const,
      ['above', { ...INGEST, above: value }] as const,
      ['flapping.changes', { ...METRIC, flapping: { changes: value } }] as const,
    ]),
    ['over', { ...METRIC, over: '0s' }],
    ['over', { ...METRIC, over: '25h' }],
    ['above', { ...METRIC, above: undefined }],
    ['below', { ...METRIC, below: 1 }],
    ['above', { ...RATIO, above: 1.01 }],
    ['above', { ...RATIO, above: -0.01 }],
    ['atLeast', { ...RATIO, atLeast: 0 }],
    ['atLeast', { ...RATIO, atLeast: 1.5 }],
    ['within', { ...NO_DATA, within: '13h' }],
    ['lookback', { ...NO_DATA, lookback: '9m' }],
    ['above', { ...STUCK, above: -1 }],
    ['measure', { ...INGEST, measure: 'lost' }],
    ['measure', { ...INGEST, measure: undefined }],
    ['status', { ...HEALTH, status: 'up' }],
    ['missing', { ...METRIC, missing: 'nodata' }],
    ['flapping', { ...METRIC, flapping: true }],
    ['flapping', { ...METRIC, flapping: null }],
    ['flapping.changes', { ...METRIC, flapping: { changes: 1 } }],
    ['flapping.changes', { ...METRIC, flapping: { changes: 101 } }],
    ...['p', 'p101', 'p-1', 'p1000', 'P95', '95', 'p9e1', 'median', 'p95 '].map(
      (aggregate) => ['aggregate', { ...METRIC, aggregate }] as const,
    ),
    ['labels', { ...METRIC, labels: {} }],
    ['labels', { ...METRIC, labels: 'queue' }],
    ['labels', { ...METRIC, labels: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [n, 'x'])) }],
    ['labels.queue', { ...METRIC, labels: { queue: 5 } }],
    ['groupBy', { ...METRIC, groupBy: 'queue' }],
    ['groupBy', { ...METRIC, groupBy: Array.from({ length: 9 }, (_, n) => `l${n}`) }],
    ['groupBy[1]', { ...METRIC, groupBy: ['a', 5] }],
    ['groupBy[0]', { ...METRIC, groupBy: Array.from({ length: 2 }) }],
  ] as [string, object][])('refuse a bad %s (%#)', (path, rule) => {
    expect(refuse(rule)).toContain(`[INVALID_OPTION] rules[1].${path} is `);
  });

  it.each(ALL.map((rule) => [rule.kind, rule] as const))(
    'refuse a key nobody knows of a %s rule',
    (_kind, rule) => {
      expect(refuse({ ...rule, threshold: 5 })).toContain(
        'a key of rules[1] is "threshold"; expected one of alertType,',
      );
      expect(refuse(Object.assign(JSON.parse('{ "__proto__": 1 }') as object, rule))).toContain(
        'a key of rules[1] is "__proto__"',
      );
    },
  );

  it('refuse two rules with one alert type', () => {
    expect(refuse({ ...STUCK, alertType: 'other' })).toContain(
      'rules[1].alertType is "other"; expected one that no other rule has',
    );
  });

  it.each([
    undefined,
    null,
    'rules',
    {},
    5,
    Array.from({ length: 501 }, (_, n) => ({ ...HEALTH, alertType: `a${n}` })),
  ])('refuse rules that are no array of at most 500 (%#)', (rules) => {
    const message = refusal(() => new AlertEvaluator(memoryStore(), { rules } as AlertEvaluatorOptions));

    expect(message).toContain('[INVALID_OPTION] rules is ');
  });

  it.each([null, 'rule', 5, [], undefined])('refuse a rule that is no object (%#)', (rule) => {
    expect(refuse(rule)).toContain('[INVALID_OPTION] rules[1] is ');
  });

  it('fill in the defaults', () => {
    const [rule] = resolveRules('rules', [METRIC], { serviceName: 'shop', redact: (_key, value) => value });

    expect(rule).toEqual({
      alertType: 'a',
      severity: 'error',
      title: 'rate of m over 5 min is above 1',
      labels: {},
      forMs: 0,
      missing: 'ok',
      flapping: { changes: 6, withinMs: 3_600_000, quietMs: 900_000 },
      cooldownMs: 0,
      limit: { above: 1 },
      valueName: 'rate of m over 5 min',
      unit: '',
      source: {
        kind: 'metric',
        selection: { name: 'm', labels: {}, groupBy: [], serviceName: 'shop' },
        aggregate: { kind: 'rate' },
        overMs: 300_000,
      },
    });
  });
});

describe('the options of AlertEvaluator', () => {
  it.each([
    ...[null, 'x', 5, []].map((options) => [options, 'The options of AlertEvaluator']),
    ...[999, 3_600_001, 1_500.5, Number.NaN, '15s', null, 5n].map((intervalMs) => [
      { intervalMs },
      'intervalMs',
    ]),
    ...[99, 60_001, '5s', null].map((ruleTimeoutMs) => [{ ruleTimeoutMs }, 'ruleTimeoutMs']),
    ...['', 5, 'x'.repeat(257)].map((serviceName) => [{ serviceName }, 'serviceName']),
    ...['redact', 'onChange', 'readNewErrors', 'ingestStats'].map((name) => [{ [name]: 'x' }, name]),
  ] as [unknown, string][])('are refused where they are bad (%#)', (options, name) => {
    const given =
      typeof options === 'object' && options !== null && !Array.isArray(options)
        ? { rules: [], ...options }
        : options;
    const message = refusal(() => new AlertEvaluator(memoryStore(), given as AlertEvaluatorOptions));

    expect(message).toMatch(new RegExp(`^\\[INVALID_OPTION\\] ${name} (is|are) `));
  });

  it.each([undefined, null, {}, 'postgres://'])('are refused without a store (%#)', (store) => {
    expect(refusal(() => new AlertEvaluator(store as never, { rules: [] }))).toContain('[INVALID_ARGUMENT]');
  });
});

it.each([
  [[], 'alerts is an array'],
  [null, 'alerts is null'],
  [{ rule: [] }, 'a key of alerts is "rule"'],
  [{ evaluate: 'no' }, 'alerts.evaluate is "no"'],
  [{ cooldownMs: -1 }, 'alerts.cooldownMs is -1'],
  [{ rules: {} }, 'alerts.rules is an object'],
  [{ rules: [{ ...METRIC, above: 'x' }] }, 'alerts.rules[0].above is "x"'],
  [{ rules: [{ ...METRIC, above: 'x' }], evaluate: false }, 'alerts.rules[0].above is "x"'],
  [{ rules: [METRIC], intervalMs: 5 }, 'alerts.intervalMs is 5'],
  [{ rules: [METRIC], ruleTimeoutMs: 5 }, 'alerts.ruleTimeoutMs is 5'],
])('createObservability refuses the alerts %j', (alerts, message) => {
  const create = (): unknown =>
    createObservability({ serviceName: 'shop', store: memoryStore(), alerts: alerts as never });

  expect(refusal(create)).toContain(`[INVALID_OPTION] ${message}; expected `);
});
