import type { ResolvedRule, RuleLimit } from './resolved-rule.ts';
import type { RuleReading } from './rule-reading.ts';
import { initialState, stepRule } from './rule-state.ts';
import type { Observation, RuleAction, RuleState } from './rule-state.ts';
import { createRuleFingerprint } from './rule-state-row.ts';
import type { StoredRuleState } from './rule-state-row.ts';

/** What a look at a group of a rule comes to; only where something is to be stored. */
export interface RuleOutcome extends StoredRuleState {
  action: RuleAction;
  /** Undefined for a group that is no longer there. */
  reading: RuleReading | undefined;
  value: number | null;
  /** Whether the mark on the alert is to change. */
  flappingChanged: boolean;
}

/**
 * One look at a rule: what was read and where its groups stood make where they stand now and what is to be done. Pure.
 * @param states where the groups of this rule stood
 * @param nowMs epoch milliseconds by the clock of the database
 */
export function evaluateRule(
  rule: ResolvedRule,
  serviceName: string | null,
  readings: readonly RuleReading[],
  states: readonly StoredRuleState[],
  nowMs: number,
): RuleOutcome[] {
  const known = new Map(states.map((state) => [state.fingerprint, state]));
  const seen = new Map(
    readings.map((reading) => [createRuleFingerprint(serviceName, rule.alertType, reading.labels), reading]),
  );
  return [...new Set([...seen.keys(), ...known.keys()])].flatMap(
    (fingerprint) =>
      lookAtGroup(rule, fingerprint, seen.get(fingerprint), known.get(fingerprint), nowMs) ?? [],
  );
}

/** Undefined where nothing is to be stored. */
function lookAtGroup(
  rule: ResolvedRule,
  fingerprint: string,
  reading: RuleReading | undefined,
  stored: StoredRuleState | undefined,
  nowMs: number,
): RuleOutcome | undefined {
  const before = stored?.state ?? initialState(nowMs);
  const { next, action } = stepRule(before, toObservation(rule.limit, reading), rule, nowMs);
  if (action === 'none' && isSameState(before, next)) {
    return undefined;
  }
  return {
    fingerprint,
    rule: rule.alertType,
    labels: reading?.labels ?? stored?.labels ?? {},
    state: { ...next, refreshedAtMs: nowMs },
    action,
    reading,
    value: reading?.value ?? null,
    flappingChanged: next.isFlapping !== before.isFlapping,
  };
}

function isSameState(one: RuleState, other: RuleState): boolean {
  return (
    one.state === other.state &&
    one.isBreached === other.isBreached &&
    one.isFlapping === other.isFlapping &&
    one.sinceMs === other.sinceMs
  );
}

/** Compares a reading with the limit. Exactly at the limit the condition is not met. */
export function toObservation(limit: RuleLimit, reading: RuleReading | undefined): Observation {
  const value = reading?.value ?? null;
  // A sum of measurements may be more than a double holds; what is no number is above and below nothing.
  if (value === null || Number.isNaN(value)) {
    return { verdict: 'missing' };
  }
  const isMet = 'above' in limit ? value > limit.above : value < limit.below;
  return isMet ? { verdict: 'met', metSinceMs: reading?.metSinceMs } : { verdict: 'not met' };
}
