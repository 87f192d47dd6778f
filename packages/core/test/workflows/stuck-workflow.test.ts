import { expect, it } from 'vitest';
import { judgeStay } from '../../src/workflows/stuck-workflow.ts';
import type { StayFacts } from '../../src/workflows/stuck-workflow.ts';
import { unusualAfterMs } from '../../src/workflows/usual-stay.ts';
import type { UsualStay } from '../../src/workflows/usual-stay.ts';

const MINUTE = 60_000;
const NOW = 1_000 * MINUTE;

function stay(minutes: number, limits: Partial<StayFacts> = {}): StayFacts {
  return {
    workflowType: 'order',
    phase: 'picking',
    phaseEnteredAtMs: NOW - minutes * MINUTE,
    deadlineAtMs: null,
    unusualAtMs: null,
    ...limits,
  };
}

function usual(p50: number, p95: number, stays = 20): UsualStay {
  return { workflowType: 'order', phase: 'picking', stays, p50Ms: p50 * MINUTE, p95Ms: p95 * MINUTE };
}

it.each([
  ['nothing is known', stay(10_000), undefined, undefined],
  ['its deadline is now', stay(5, { deadlineAtMs: NOW }), undefined, undefined],
  [
    'its deadline has passed',
    stay(51, { deadlineAtMs: NOW - 21 * MINUTE }),
    undefined,
    ['deadline', '21 min past its deadline, now 51 min in "picking"'],
  ],
  [
    'its deadline has passed, though that is usual',
    stay(51, { deadlineAtMs: NOW - 1 }),
    usual(100, 200),
    ['deadline', '1 ms past its deadline, now 51 min in "picking"'],
  ],
  ['it is as long as is still usual', stay(16), usual(4, 4), undefined],
  ['it is longer', stay(17), usual(4, 4), ['unusual', 'usually 4 min, now 17 min in "picking"']],
  [
    'it is longer, where stays differ',
    stay(51),
    usual(4, 9),
    ['unusual', 'usually 4 min (95 of 100 within 9 min), now 51 min in "picking"'],
  ],
  ['too few stays tell what is usual', stay(51), usual(4, 9, 19), undefined],
  ['history says that it is usual', stay(51, { unusualAtMs: NOW - 1 }), usual(40, 45), undefined],
  [
    'its definition says so, and history too little',
    stay(51, { unusualAtMs: NOW - 31 * MINUTE }),
    usual(40, 45, 19),
    ['unusual', 'by its definition hardly ever over 20 min, now 51 min in "picking"'],
  ],
  ['its definition has it as still usual', stay(51, { unusualAtMs: NOW }), undefined, undefined],
  ['its clock is ahead', stay(-5), usual(1, 1), undefined],
] as const)('judges a workflow when %s', (_what, facts, known, expected) => {
  const reason = judgeStay(facts, known, NOW);

  expect(reason && [reason.rule, reason.reason]).toEqual(expected);
});

it.each([
  [0, MINUTE],
  [1, MINUTE + 1],
  [19_000, 79_000],
  [20_000, 80_000],
  [30_000, 120_000],
  [10 * MINUTE, 40 * MINUTE],
])('takes a stay as unusual, where 95 of 100 are within %i ms, after %i ms', (p95Ms, afterMs) => {
  expect(unusualAfterMs(p95Ms)).toBe(afterMs);
});

it('tells a phase with a long or hostile name in one short line', () => {
  const facts = { ...stay(51, { deadlineAtMs: 0 }), phase: `${'x'.repeat(100)}\r\nSet-Cookie: a` };

  const reason = judgeStay(facts, undefined, NOW)?.reason ?? '';

  expect(reason).not.toMatch(/[\r\n]/);
  expect(reason.length).toBeLessThan(200);
});
