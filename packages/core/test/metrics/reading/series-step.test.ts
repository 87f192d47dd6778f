import { expect, it } from 'vitest';
import { elapsedSeconds, fillGaps, gridOf } from '../../../src/metrics/reading/series-grid.ts';
import { chooseStep, parseStep } from '../../../src/metrics/reading/series-step.ts';

it.each([
  ['30s', 30_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['1d', 86_400_000],
  ['1500ms', 1_500],
  [1_000, 1_000],
])('takes %j for a step', (step, expected) => {
  expect(parseStep(step)).toBe(expected);
});

it.each([0, -5, 999, 1.5, Number.NaN, Infinity, '5', 'm', '5 m', '-5m', '1.5h', '500d', null, {}, 5n])(
  'takes %o for none',
  (step) => {
    expect(parseStep(step)).toBeUndefined();
  },
);

it.each([
  [60_000, 10_000],
  [3_600_000, 15_000],
  [6 * 3_600_000, 120_000],
  [86_400_000, 300_000],
  [30 * 86_400_000, 3 * 3_600_000],
  [400 * 86_400_000, 2 * 86_400_000],
])('divides %d ms into 300 steps at most', (rangeMs, expected) => {
  expect(chooseStep(rangeMs)).toBe(expected);
});

it('has a point for each step that the range touches, null where there is no value', () => {
  const grid = gridOf(1_500, 6_000, 1_000);

  const points = fillGaps(
    grid,
    new Map([
      [2, 5],
      [4, null],
    ]),
  );

  expect(points.map(({ time, value }) => [time.getTime(), value])).toEqual([
    [1_000, null],
    [2_000, 5],
    [3_000, null],
    [4_000, null],
    [5_000, null],
  ]);
});

it.each([
  ['a whole step', 5, 100_000, 10],
  ['what an open step has lasted', 5, 56_000, 6],
  ['a window of recording, where an open step has only begun', 5, 50_100, 3],
  ['a whole step in the future', 5, 40_000, 10],
])('divides a rate by %s', (_case, slot, until, expected) => {
  expect(elapsedSeconds(slot, 10_000, { until, leastMs: 3_000 })).toBe(expected);
});
