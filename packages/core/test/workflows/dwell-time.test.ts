import { expect, it } from 'vitest';
import { dwellTimesOf } from '../../src/workflows/dwell-time.ts';
import type { WorkflowTransition } from '../../src/workflows/workflow-state.ts';

function moves(...steps: [phase: string, status: string, at: number][]): WorkflowTransition[] {
  return steps.map(([toPhase, toStatus, at], index) => ({
    workflowId: '00000000-0000-4000-8000-000000000000',
    version: index + 1,
    fromPhase: null,
    toPhase,
    fromStatus: null,
    toStatus,
    actor: null,
    traceId: null,
    correlationId: null,
    idempotencyKey: null,
    occurredAt: new Date(at),
    stayMs: null,
    metadata: {},
  }));
}

const r = 'running';

it.each([
  ['nothing', moves(), []],
  ['the first phase, up to now', moves(['a', r, 10]), [['a', 1, 90, true]]],
  [
    'one phase after the other',
    moves(['a', r, 0], ['b', r, 30]),
    [
      ['a', 1, 30, false],
      ['b', 1, 70, true],
    ],
  ],
  [
    'all stays in a phase',
    moves(['a', r, 0], ['b', r, 10], ['a', r, 30]),
    [
      ['a', 2, 80, true],
      ['b', 1, 20, false],
    ],
  ],
  ['a move within the phase as one stay', moves(['a', r, 0], ['a', 'waiting', 50]), [['a', 1, 100, true]]],
  [
    'an end in another phase',
    moves(['a', r, 0], ['z', 'completed', 40]),
    [
      ['a', 1, 40, false],
      ['z', 1, 0, false],
    ],
  ],
  ['an end in the same phase', moves(['a', r, 0], ['a', 'failed', 40]), [['a', 1, 40, false]]],
  [
    'an end that is told twice',
    moves(['a', r, 0], ['a', 'failed', 40], ['a', 'failed', 50]),
    [['a', 1, 40, false]],
  ],
  ['a stay after the end', moves(['a', r, 0], ['a', 'failed', 40], ['a', r, 60]), [['a', 2, 80, true]]],
  ['a beginning at the end', moves(['z', 'completed', 0]), [['z', 1, 0, false]]],
  ['a clock that is behind', moves(['a', r, 500]), [['a', 1, 0, true]]],
] as const)('sums up %s', (_what, transitions, expected) => {
  const times = dwellTimesOf(transitions, 100);

  expect(times).toEqual(
    expected.map(([phase, stays, durationMs, isCurrent]) => ({ phase, stays, durationMs, isCurrent })),
  );
});
