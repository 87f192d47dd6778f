import { describe, expect, it } from 'vitest';
import { trackHealth } from '../../../src/health/history/health-track.ts';
import type { HealthTrack, TrackRules, TrackStep } from '../../../src/health/history/health-track.ts';
import type { RecordedHealthState } from '../../../src/health/history/recorded-state.ts';

const RULES: TrackRules = { gapMs: 100, flapping: { changes: 4, withinMs: 50 } };

/** Runs looks at times, and answers each step. */
function run(looks: readonly (readonly [RecordedHealthState, number])[], rules = RULES): TrackStep[] {
  const steps: TrackStep[] = [];
  let track: HealthTrack | undefined;
  for (const [status, atMs] of looks) {
    const step = trackHealth(track, status, atMs, rules);
    ({ track } = step);
    steps.push(step);
  }
  return steps;
}

describe('trackHealth', () => {
  it('tells of the first look and of changes, with how long the status before had lasted', () => {
    const steps = run([
      ['up', 0],
      ['up', 10],
      ['down', 30],
      ['down', 40],
      ['degraded', 100],
    ]);

    expect(steps.map(({ change }) => change)).toEqual([
      { from: null, lastedMs: null },
      undefined,
      { from: 'up', lastedMs: 30 },
      undefined,
      { from: 'down', lastedMs: 70 },
    ]);
    expect(steps.at(-1)?.track).toEqual({
      status: 'degraded',
      sinceMs: 100,
      lastSeenMs: 100,
      changes: 2,
      changeTimes: [100],
      isFlapping: false,
    });
  });

  it('begins anew after a time in which nobody looked, whatever the status was', () => {
    const steps = run([
      ['up', 0],
      ['up', 100],
      ['up', 201],
      ['down', 302],
    ]);

    expect(steps.map(({ change }) => change)).toEqual([
      { from: null, lastedMs: null },
      undefined,
      { from: null, lastedMs: null },
      { from: null, lastedMs: null },
    ]);
    expect(steps.map(({ track }) => track.changes)).toEqual([0, 0, 0, 0]);
  });

  it('takes a clock that is set back for one that stands still', () => {
    const steps = run([
      ['up', 1_000],
      ['down', 400],
      ['up', 1_010],
    ]);

    expect(steps.map(({ change }) => change?.lastedMs)).toEqual([null, 0, 10]);
    expect(steps.map(({ track }) => track.lastSeenMs)).toEqual([1_000, 1_000, 1_010]);
  });

  it('flaps from the n-th change within the time until fewer than half are left in it', () => {
    const steps = run([
      ['up', 0],
      ['down', 10],
      ['up', 20],
      ['down', 30],
      ['up', 40],
      ['down', 45],
      ['down', 80],
      ['down', 91],
      ['down', 96],
    ]);

    expect(steps.map(({ flapping }) => flapping)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      'began',
      undefined,
      undefined,
      'ended',
      undefined,
    ]);
    expect(steps.map(({ track }) => track.isFlapping)).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('does not flap by changes that lie further apart', () => {
    const steps = run(Array.from({ length: 40 }, (_, turn) => [turn % 2 === 0 ? 'up' : 'down', turn * 20]));

    expect(steps.some(({ track }) => track.isFlapping)).toBe(false);
  });

  it('keeps no more times than it needs', () => {
    const steps = run(
      Array.from({ length: 1_000 }, (_, turn) => [turn % 2 === 0 ? 'up' : 'down', turn / 100]),
    );

    expect(steps.at(-1)?.track).toMatchObject({ changes: 999, isFlapping: true });
    expect(steps.at(-1)?.track.changeTimes).toHaveLength(4);
  });
});
