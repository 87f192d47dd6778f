import { describe, expect, it } from 'vitest';
import { NO_OUTAGE, noteAnswer, noteFailure, readOutage } from '../../../src/alerts/rules/outage-state.ts';
import type { OutageState } from '../../../src/alerts/rules/outage-state.ts';

const FOR_MS = 30_000;

type Event = readonly ['fails' | 'answers', atMs: number, isHolder?: boolean];

/** Where these events lead to, and at which of them somebody is told. */
function run(events: readonly Event[]): { state: OutageState; toldAt: number[] } {
  let state = NO_OUTAGE;
  const toldAt: number[] = [];
  for (const [event, nowMs, isHolder = true] of events) {
    if (event === 'answers') {
      state = noteAnswer(state, nowMs);
    } else {
      const step = noteFailure(state, { nowMs, isHolder, forMs: FOR_MS });
      state = step.state;
      if (step.tell) {
        toldAt.push(nowMs);
      }
    }
  }
  return { state, toldAt };
}

describe('who is told of a database that is away', () => {
  it.each<[string, Event[], number[]]>([
    ['nobody while it answers', [['answers', 0]], []],
    [
      'nobody of a failure that is over at once',
      [
        ['fails', 0],
        ['answers', 1_000],
        ['fails', 40_000],
      ],
      [],
    ],
    [
      'nobody after exactly the time',
      [
        ['fails', 0],
        ['fails', 30_000],
      ],
      [],
    ],
    [
      'once when it has lasted longer',
      [
        ['fails', 0],
        ['fails', 30_001],
        ['fails', 31_000],
        ['fails', 90_000],
      ],
      [30_001],
    ],
    [
      'once for each outage',
      [
        ['fails', 0],
        ['fails', 31_000],
        ['answers', 40_000],
        ['fails', 50_000],
        ['fails', 81_000],
      ],
      [31_000, 81_000],
    ],
    [
      'nobody by a process that did not evaluate',
      [
        ['fails', 0, false],
        ['fails', 60_000, false],
      ],
      [],
    ],
    [
      'nobody by one that would evaluate later on',
      [
        ['fails', 0, false],
        ['fails', 60_000, true],
      ],
      [],
    ],
    [
      'by one whose lease has run out meanwhile',
      [
        ['fails', 0, true],
        ['fails', 60_000, false],
      ],
      [60_000],
    ],
  ])('%s', (_case, events, expected) => {
    expect(run(events).toldAt).toEqual(expected);
  });
});

describe('what is measured', () => {
  const outage = (isHolder: boolean): OutageState =>
    run([
      ['fails', 10_000, isHolder],
      ['answers', 50_000],
    ]).state;
  const read = (state: OutageState, nowMs: number): number | null =>
    readOutage(state, { nowMs, quietMs: FOR_MS });

  it('is how long it has been away', () => {
    expect(read(NO_OUTAGE, 5)).toBe(0);
    expect(read(run([['fails', 10_000]]).state, 25_000)).toBe(15_000);
  });

  it('stays for a while when it is back, and is nothing then', () => {
    expect([50_000, 79_999, 80_000].map((at) => read(outage(true), at))).toEqual([40_000, 40_000, 0]);
  });

  it('is left to whoever has told of it for ten seconds', () => {
    expect([50_000, 59_999, 60_000, 79_999, 80_000].map((at) => read(outage(false), at))).toEqual([
      null,
      null,
      40_000,
      40_000,
      0,
    ]);
  });
});
