import { createRandom } from '@pg-observability/testkit';
import { describe, expect, it } from 'vitest';
import { planSources, planSteps } from '../../../src/metrics/reading/source-plan.ts';
import type { SourceNeeds, SourceState } from '../../../src/metrics/reading/source-plan.ts';
import { PERIOD_MS, startOfPeriod } from '../../../src/metrics/rollups/rollup-period.ts';

const at = (time: string): number => Date.parse(`2026-03-${time}:00Z`);

const nothingSummed: SourceState = {
  pointsFrom: 0,
  minutesFrom: 0,
  summedTo: 0,
  oldestDirtyMinute: undefined,
  oldestPendingHour: undefined,
  oldestPendingDay: undefined,
};
// As it is on a Wednesday at 12:34: the open hour and day are pending, and two minutes are not summed up yet.
const summed: SourceState = {
  ...nothingSummed,
  summedTo: at('18T12:33'),
  oldestDirtyMinute: at('18T12:32'),
  oldestPendingHour: at('18T12:00'),
  oldestPendingDay: at('18T00:00'),
};

function plan(
  needs: Omit<SourceNeeds, 'from' | 'to'> & { from: string; to: string },
  state: SourceState,
): string[] {
  const { segments } = planSteps({ ...needs, from: at(needs.from), to: at(needs.to) }, state);
  return segments.map(
    ({ source, from, to }) =>
      `${source} ${new Date(from).toISOString().slice(8, 16)} to ${new Date(to).toISOString().slice(8, 16)}`,
  );
}

describe('planSources', () => {
  it.each<[string, Parameters<typeof plan>[0], SourceState, string[]]>([
    [
      'points where nothing is summed up',
      { from: '10T00:00', to: '18T12:34' },
      nothingSummed,
      ['points 10T00:00 to 18T12:34'],
    ],
    [
      'the coarsest sums inside, finer ones and points at the edges',
      { from: '16T21:58', to: '18T12:34' },
      summed,
      [
        'minute 16T21:58 to 16T22:00',
        'hour 16T22:00 to 17T00:00',
        'day 17T00:00 to 18T00:00',
        'hour 18T00:00 to 18T12:00',
        'minute 18T12:00 to 18T12:32',
        'points 18T12:32 to 18T12:34',
      ],
    ],
    [
      'sums that fit into the steps of a series',
      { from: '17T22:00', to: '18T12:34', stepMs: 2 * PERIOD_MS.hour },
      summed,
      ['hour 17T22:00 to 18T12:00', 'minute 18T12:00 to 18T12:32', 'points 18T12:32 to 18T12:34'],
    ],
    [
      'points alone for steps under a minute',
      { from: '18T12:00', to: '18T12:34', stepMs: 10_000 },
      summed,
      ['points 18T12:00 to 18T12:34'],
    ],
    [
      'points wherever they are whole, where these are preferred',
      { from: '16T21:58', to: '18T12:34', preferPoints: true },
      { ...summed, pointsFrom: at('17T00:00') },
      ['minute 16T21:58 to 16T22:00', 'hour 16T22:00 to 17T00:00', 'points 17T00:00 to 18T12:34'],
    ],
    [
      'no hour that ends where points are whole again',
      { from: '16T22:00', to: '18T12:34', preferPoints: true },
      { ...summed, pointsFrom: at('17T00:02') },
      ['hour 16T22:00 to 17T00:00', 'minute 17T00:00 to 17T00:02', 'points 17T00:02 to 18T12:34'],
    ],
    [
      'whole hours where points and minutes are gone',
      { from: '10T03:20', to: '10T07:40' },
      { ...summed, pointsFrom: at('16T00:00'), minutesFrom: at('16T00:00') },
      ['hour 10T03:00 to 10T08:00'],
    ],
    [
      'whole minutes where points are gone',
      { from: '17T03:20', to: '17T03:22' },
      { ...summed, pointsFrom: at('18T00:00') },
      ['minute 17T03:20 to 17T03:22'],
    ],
    [
      'sums where points are gone, although a late one is not in them yet',
      { from: '10T00:00', to: '18T12:34' },
      { ...summed, pointsFrom: at('16T00:00'), oldestDirtyMinute: at('12T05:05') },
      ['day 10T00:00 to 16T00:00', 'points 16T00:00 to 18T12:34'],
    ],
    ['nothing for a range that is empty', { from: '18T12:34', to: '18T12:34' }, summed, []],
  ])('reads %s', (_case, needs, state, expected) => {
    expect(plan(needs, state)).toEqual(expected);
  });

  it('makes steps longer where only sums over longer periods are left', () => {
    const state = { ...summed, pointsFrom: at('16T00:00'), minutesFrom: at('12T00:00') };
    const steps = (from: string, to: string, stepMs: number): number | undefined =>
      planSteps({ from: at(from), to: at(to), stepMs }, state).stepMs;

    expect([
      steps('17T00:00', '17T01:00', 10_000),
      steps('15T00:00', '15T01:00', 10_000),
      steps('15T00:00', '15T01:00', 90_000),
      steps('10T00:00', '10T05:00', 5 * PERIOD_MS.minute),
    ]).toEqual([10_000, PERIOD_MS.minute, 2 * PERIOD_MS.minute, PERIOD_MS.hour]);
  });

  it('covers every range once, with sources that are whole and sums that are not split', () => {
    const random = createRandom(21);
    const whole = (most: number): number => Math.floor(random() * most);
    for (let run = 0; run < 2_000; run += 1) {
      const now = at('18T12:34') + whole(86_400_000);
      const minutesFrom = startOfPeriod('day', now - whole(20 * 86_400_000));
      const state: SourceState = {
        pointsFrom: startOfPeriod('day', now - whole(40 * 86_400_000)),
        minutesFrom,
        summedTo: now - whole(100_000),
        oldestDirtyMinute: random() < 0.8 ? startOfPeriod('minute', now - whole(2e6)) : undefined,
        oldestPendingHour: random() < 0.8 ? startOfPeriod('hour', now - whole(4e7)) : undefined,
        oldestPendingDay: random() < 0.8 ? startOfPeriod('day', now - whole(4e8)) : undefined,
      };
      const from = now - whole(60 * 86_400_000);
      const needs = { from, to: from + 1 + whole(now - from), preferPoints: random() < 0.3 };

      const segments = planSources(needs, state);

      const gaps = segments.slice(1).filter((segment, place) => segment.from !== segments[place]?.to);
      expect(gaps).toEqual([]);
      expect(segments[0]?.from).toBeLessThanOrEqual(needs.from);
      expect(segments.at(-1)?.to).toBeGreaterThanOrEqual(needs.to);
      for (const { source, from: start, to: end } of segments) {
        if (source === 'points') {
          expect(start, JSON.stringify({ state, needs, segments })).toBeGreaterThanOrEqual(state.pointsFrom);
        } else {
          expect([start % PERIOD_MS[source], end % PERIOD_MS[source]]).toEqual([0, 0]);
          expect(end).toBeLessThanOrEqual(startOfPeriod('minute', state.summedTo) + PERIOD_MS.minute);
        }
        if (source !== 'points' && end > Math.max(start, state.pointsFrom)) {
          expect(end).toBeLessThanOrEqual(state.oldestDirtyMinute ?? Infinity);
        }
        if (source === 'minute') {
          expect(start).toBeGreaterThanOrEqual(state.minutesFrom);
        }
      }
    }
  });
});
