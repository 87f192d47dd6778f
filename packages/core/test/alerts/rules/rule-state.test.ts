import { expect, it } from 'vitest';
import { createRandom } from '../../../../testkit/src/contract/random-numbers.ts';
import { initialState, REFRESH_INTERVAL_MS, stepRule } from '../../../src/alerts/rules/rule-state.ts';
import type { Observation, RuleAction, RuleState, RuleTiming } from '../../../src/alerts/rules/rule-state.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const T0 = Date.UTC(2026, 0, 1);

const TIMING: RuleTiming = { forMs: 0, missing: 'ok', flapping: null };

/** One look: seconds after the beginning, `+` met, `-` not met, `?` missing, and what is expected to come of it. */
type Look = [seconds: number, sign: '+' | '-' | '?', state: RuleState['state'], action: RuleAction];

const VERDICTS = { '+': 'met', '-': 'not met', '?': 'missing' } as const;

function walk(looks: readonly Look[], timing: RuleTiming): [RuleState['state'], RuleAction][] {
  let state = initialState(T0);
  return looks.map(([seconds, sign]) => {
    const step = stepRule(state, { verdict: VERDICTS[sign] }, timing, T0 + seconds * SECOND);
    state = step.next;
    return [state.state, step.action];
  });
}

const STORIES: Record<string, { timing?: Partial<RuleTiming>; looks: Look[] }> = {
  'fires at the first look without a duration, and resolves': {
    looks: [
      [0, '-', 'ok', 'none'],
      [15, '+', 'firing', 'fire'],
      [30, '+', 'firing', 'none'],
      [45, '-', 'ok', 'resolve'],
      [60, '-', 'ok', 'none'],
    ],
  },
  'is pending until the duration has passed, and fires exactly then': {
    timing: { forMs: 2 * MINUTE },
    looks: [
      [0, '+', 'pending', 'none'],
      [119.999, '+', 'pending', 'none'],
      [120, '+', 'firing', 'fire'],
    ],
  },
  'begins anew where the condition was not met in between': {
    timing: { forMs: 2 * MINUTE },
    looks: [
      [0, '+', 'pending', 'none'],
      [60, '-', 'ok', 'none'],
      [119, '+', 'pending', 'none'],
      [238, '+', 'pending', 'none'],
      [239, '+', 'firing', 'fire'],
    ],
  },
  'takes missing data for good': {
    timing: { forMs: MINUTE },
    looks: [
      [0, '+', 'pending', 'none'],
      [30, '?', 'ok', 'none'],
      [60, '+', 'pending', 'none'],
      [120, '+', 'firing', 'fire'],
      [135, '?', 'ok', 'resolve'],
    ],
  },
  'keeps its state while data is missing, where told so': {
    timing: { forMs: MINUTE, missing: 'keep' },
    looks: [
      [0, '?', 'ok', 'none'],
      [15, '+', 'pending', 'none'],
      [90, '?', 'pending', 'none'],
      [91, '+', 'firing', 'fire'],
      [106, '?', 'firing', 'none'],
      [900, '?', 'firing', 'none'],
      [915, '-', 'ok', 'resolve'],
    ],
  },
  'fires for missing data, where told so': {
    timing: { forMs: MINUTE, missing: 'fire' },
    looks: [
      [0, '?', 'pending', 'none'],
      [60, '?', 'firing', 'fire'],
      [75, '-', 'ok', 'resolve'],
    ],
  },
  'tells an alert that goes on the latest value once a minute': {
    looks: [
      [0, '+', 'firing', 'fire'],
      [59.999, '+', 'firing', 'none'],
      [60, '+', 'firing', 'refresh'],
      [75, '+', 'firing', 'none'],
      [121, '+', 'firing', 'refresh'],
    ],
  },
  'waits longer and not shorter when the clock goes back': {
    timing: { forMs: 2 * MINUTE },
    looks: [
      [600, '+', 'pending', 'none'],
      [0, '+', 'pending', 'none'],
      [119, '+', 'pending', 'none'],
      [120, '+', 'firing', 'fire'],
      [-600, '+', 'firing', 'none'],
      [-540, '+', 'firing', 'refresh'],
      [-3_600, '-', 'ok', 'resolve'],
    ],
  },
  'holds an alert that comes and goes, until it has been quiet': {
    timing: { flapping: { changes: 4, withinMs: 10 * MINUTE, quietMs: 5 * MINUTE } },
    looks: [
      [0, '+', 'firing', 'fire'],
      [60, '-', 'ok', 'resolve'],
      [120, '+', 'firing', 'fire'],
      [180, '-', 'firing', 'hold'],
      [240, '+', 'firing', 'refresh'],
      [300, '-', 'firing', 'none'],
      [599.999, '-', 'firing', 'none'],
      [600, '-', 'ok', 'resolve'],
      [660, '+', 'firing', 'fire'],
      [720, '-', 'ok', 'resolve'],
    ],
  },
  'goes on firing, and no longer flaps, where the condition stays met': {
    timing: { flapping: { changes: 2, withinMs: 10 * MINUTE, quietMs: MINUTE } },
    looks: [
      [0, '+', 'firing', 'fire'],
      [30, '-', 'firing', 'hold'],
      [45, '+', 'firing', 'none'],
      [100, '+', 'firing', 'refresh'],
      [105, '+', 'firing', 'settle'],
      [120, '-', 'ok', 'resolve'],
    ],
  },
  'forgets changes that are too long ago': {
    timing: { flapping: { changes: 4, withinMs: MINUTE, quietMs: MINUTE } },
    looks: [
      [0, '+', 'firing', 'fire'],
      [20, '-', 'ok', 'resolve'],
      [40, '+', 'firing', 'fire'],
      [60, '-', 'ok', 'resolve'],
      [80, '+', 'firing', 'fire'],
      [81, '-', 'firing', 'hold'],
    ],
  },
  'never holds one where that is switched off': {
    looks: Array.from({ length: 40 }, (_, n): Look =>
      n % 2 === 0 ? [n, '+', 'firing', 'fire'] : [n, '-', 'ok', 'resolve'],
    ),
  },
};

it.each(Object.entries(STORIES))('%s', (_name, { timing, looks }) => {
  expect(walk(looks, { ...TIMING, ...timing })).toEqual(looks.map(([, , state, action]) => [state, action]));
});

it('counts a duration from when the source says that it began', () => {
  const timing = { ...TIMING, forMs: 2 * MINUTE };
  const look = (metSinceMs: number): RuleAction =>
    stepRule(initialState(T0), { verdict: 'met', metSinceMs }, timing, T0).action;

  expect([T0 - 2 * MINUTE, T0 - 2 * MINUTE + 1, T0 + MINUTE].map(look)).toEqual(['fire', 'none', 'none']);
});

it('changes nothing of the state it was given', () => {
  const state = Object.freeze({ ...initialState(T0), changesMs: Object.freeze([T0 + MINUTE]) });

  const { next } = stepRule(state, { verdict: 'met' }, TIMING, T0 - MINUTE);

  expect(next).not.toBe(state);
  expect(state).toEqual({ ...initialState(T0), changesMs: [T0 + MINUTE] });
});

/** What happened in one look of a long random story. */
interface Lived {
  nowMs: number;
  observation: Observation;
  before: RuleState;
  next: RuleState;
  action: RuleAction;
}

function live(seed: number, timing: RuleTiming): Lived[] {
  const random = createRandom(seed);
  let state = initialState(T0);
  let nowMs = T0;
  return Array.from({ length: 400 }, () => {
    // Mostly forwards, sometimes far, and sometimes back.
    nowMs += random() < 0.05 ? -random() * 10 * MINUTE : random() * (random() < 0.1 ? 30 : 1) * MINUTE;
    const verdict = random() < 0.1 ? 'missing' : random() < 0.5 ? 'met' : 'not met';
    const observation: Observation = {
      verdict,
      metSinceMs: random() < 0.2 ? nowMs + (random() - 0.5) * 10 * MINUTE : undefined,
    };
    const before = state;
    const { next, action } = stepRule(before, observation, timing, nowMs);
    state = next;
    return { nowMs, observation, before, next, action };
  });
}

/** What must hold for every step. */
function isSound({ before, next, action, nowMs }: Lived, timing: RuleTiming): boolean {
  const latest = Math.max(next.sinceMs, next.breachChangedAtMs, next.refreshedAtMs, ...next.changesMs);
  return (
    (action === 'fire') === (before.state !== 'firing' && next.state === 'firing') &&
    (action === 'resolve') === (before.state === 'firing' && next.state !== 'firing') &&
    (next.state !== 'pending' || timing.forMs > 0) &&
    (!next.isFlapping || next.state === 'firing') &&
    next.changesMs.length <= (timing.flapping?.changes ?? 0) &&
    latest <= nowMs
  );
}

const TIMINGS: RuleTiming[] = [
  TIMING,
  {
    forMs: 90 * SECOND,
    missing: 'keep',
    flapping: { changes: 6, withinMs: 60 * MINUTE, quietMs: 15 * MINUTE },
  },
  { forMs: 0, missing: 'fire', flapping: { changes: 2, withinMs: 5 * MINUTE, quietMs: 2 * MINUTE } },
  { forMs: 5 * MINUTE, missing: 'ok', flapping: { changes: 3, withinMs: 24 * 60 * MINUTE, quietMs: SECOND } },
];

it.each(TIMINGS.flatMap((timing) => Array.from({ length: 50 }, (_, seed) => [seed, timing] as const)))(
  'never raises twice what it has not resolved, whatever comes (story %i of %j)',
  (seed, timing) => {
    const story = live(seed, timing);

    const raised = story.filter(({ action }) => action === 'fire' || action === 'resolve');
    expect(raised.every(({ action }, index) => action === (index % 2 === 0 ? 'fire' : 'resolve'))).toBe(true);
    expect(story.filter((lived) => !isSound(lived, timing))).toEqual([]);
  },
);

it('is told the latest value no more than once a minute', () => {
  const times = live(7, TIMING).filter(({ action }) => action === 'refresh');

  expect(times.length).toBeGreaterThan(5);
  expect(times.every(({ before, nowMs }) => nowMs - before.refreshedAtMs >= REFRESH_INTERVAL_MS)).toBe(true);
});
