/** Where a rule stands for one group of labels. Times are epoch milliseconds by the clock of the database. */
export interface RuleState {
  state: 'ok' | 'pending' | 'firing';
  /** Since when it is in this state; while pending, since when the condition is met. */
  sinceMs: number;
  /** Whether the condition was met when it was last looked at. */
  isBreached: boolean;
  /** When that last changed. */
  breachChangedAtMs: number;
  /** Whether the alert is held open because its condition changes again and again. */
  isFlapping: boolean;
  /** When it began and ceased to fire of late. */
  changesMs: readonly number[];
  /** When the alert, or this state, was last written. */
  refreshedAtMs: number;
}

/** What a look at a group saw. */
export interface Observation {
  /** `missing` when there is no value to compare. */
  verdict: 'met' | 'not met' | 'missing';
  /** Since when the condition is met, where the source knows that; else since it was first seen. */
  metSinceMs?: number | undefined;
}

/** What of a rule decides about the next state. */
export interface RuleTiming {
  forMs: number;
  missing: 'ok' | 'keep' | 'fire';
  /** Null when an alert is never held open. */
  flapping: { changes: number; withinMs: number; quietMs: number } | null;
}

/**
 * What is to be done with the alert: `fire` and `resolve` as they say, `refresh` tells the open one the latest value, `hold` marks
 * it as flapping instead of resolving it, `settle` takes that mark away while it goes on firing.
 */
export type RuleAction = 'none' | 'fire' | 'refresh' | 'resolve' | 'hold' | 'settle';

/** The next state, and what is to be done. */
export interface RuleStep {
  next: RuleState;
  action: RuleAction;
}

/** How often an alert that goes on firing is told the latest value. */
export const REFRESH_INTERVAL_MS = 60_000;

/** A group that was never looked at. */
export function initialState(nowMs: number): RuleState {
  return {
    state: 'ok',
    sinceMs: nowMs,
    isBreached: false,
    breachChangedAtMs: nowMs,
    isFlapping: false,
    changesMs: [],
    refreshedAtMs: nowMs,
  };
}

/**
 * One step of a rule for one group: ok → pending → firing → ok. Pure; a clock that goes back turns times that are later than now
 * into now: a state then lasts longer, and is never left early.
 */
export function stepRule(
  previous: RuleState,
  observation: Observation,
  timing: RuleTiming,
  nowMs: number,
): RuleStep {
  const before = notLaterThan(previous, nowMs);
  const isBreached = toBreach(observation, timing);
  if (isBreached === undefined) {
    return { next: before, action: 'none' };
  }
  const now: RuleState = {
    ...before,
    isBreached,
    breachChangedAtMs: isBreached === before.isBreached ? before.breachChangedAtMs : nowMs,
  };
  if (before.state !== 'firing') {
    return isBreached ? approach(now, observation, timing, nowMs) : rest(now, nowMs);
  }
  if (before.isFlapping) {
    return flap(now, timing, nowMs);
  }
  return isBreached ? goOn(now, nowMs) : clear(now, timing, nowMs);
}

function toBreach({ verdict }: Observation, { missing }: RuleTiming): boolean | undefined {
  if (verdict !== 'missing') {
    return verdict === 'met';
  }
  return missing === 'keep' ? undefined : missing === 'fire';
}

/** The condition is met, and nothing fires. */
function approach(now: RuleState, { metSinceMs }: Observation, timing: RuleTiming, nowMs: number): RuleStep {
  const sinceMs = now.state === 'pending' ? now.sinceMs : Math.min(metSinceMs ?? nowMs, nowMs);
  if (nowMs - sinceMs < timing.forMs) {
    return { next: { ...now, state: 'pending', sinceMs }, action: 'none' };
  }
  const changesMs = addChange(now, timing, nowMs);
  const next: RuleState = {
    ...now,
    state: 'firing',
    sinceMs: nowMs,
    changesMs,
    isFlapping: isFlapping(changesMs, timing),
    refreshedAtMs: nowMs,
  };
  return { next, action: 'fire' };
}

/** The condition is not met, and nothing fires. */
function rest(now: RuleState, nowMs: number): RuleStep {
  return { next: now.state === 'ok' ? now : { ...now, state: 'ok', sinceMs: nowMs }, action: 'none' };
}

/** The condition is met, as before. */
function goOn(now: RuleState, nowMs: number): RuleStep {
  return nowMs - now.refreshedAtMs >= REFRESH_INTERVAL_MS
    ? { next: { ...now, refreshedAtMs: nowMs }, action: 'refresh' }
    : { next: now, action: 'none' };
}

/** The condition is no longer met. */
function clear(now: RuleState, timing: RuleTiming, nowMs: number): RuleStep {
  const changesMs = addChange(now, timing, nowMs);
  return isFlapping(changesMs, timing)
    ? { next: { ...now, changesMs, isFlapping: true }, action: 'hold' }
    : { next: { ...now, state: 'ok', sinceMs: nowMs, changesMs }, action: 'resolve' };
}

/** The alert is held open until the condition has stayed as it is for a while. */
function flap(now: RuleState, { flapping }: RuleTiming, nowMs: number): RuleStep {
  if (nowMs - now.breachChangedAtMs < (flapping?.quietMs ?? 0)) {
    return now.isBreached ? goOn(now, nowMs) : { next: now, action: 'none' };
  }
  const calm: RuleState = { ...now, isFlapping: false, changesMs: [] };
  return now.isBreached
    ? { next: calm, action: 'settle' }
    : { next: { ...calm, state: 'ok', sinceMs: nowMs }, action: 'resolve' };
}

function addChange({ changesMs }: RuleState, { flapping }: RuleTiming, nowMs: number): readonly number[] {
  return flapping === null
    ? []
    : [...changesMs.filter((atMs) => nowMs - atMs < flapping.withinMs), nowMs].slice(-flapping.changes);
}

function isFlapping(changesMs: readonly number[], { flapping }: RuleTiming): boolean {
  return flapping !== null && changesMs.length >= flapping.changes;
}

function notLaterThan(state: RuleState, nowMs: number): RuleState {
  return {
    ...state,
    sinceMs: Math.min(state.sinceMs, nowMs),
    breachChangedAtMs: Math.min(state.breachChangedAtMs, nowMs),
    refreshedAtMs: Math.min(state.refreshedAtMs, nowMs),
    changesMs: state.changesMs.map((atMs) => Math.min(atMs, nowMs)),
  };
}
