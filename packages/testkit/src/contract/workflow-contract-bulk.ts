import { randomUUID } from 'node:crypto';
import { defineWorkflow } from '@pg-observability/core';
import type { TransitionInput, TransitionOutcome } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import { rejection, rejectionCode } from './error-code.ts';
import { createNotNames, NOT_METADATA } from './hostile-values.ts';
import type { WorkflowContext } from './workflow-contract-context.ts';

const job = defineWorkflow({
  type: 'bulk job',
  phases: {
    queued: { to: ['running'], status: 'waiting' },
    running: { to: ['done'] },
    done: { status: 'completed' },
  },
});

// The others are told apart by the same function, which the calls for one workflow are tested with.
const SOME_NOT_METADATA = ['null', 'text', 'an array', 'a function', 'with a bigint', 'circular'].map(
  (what) => NOT_METADATA[what],
);

/** Many moves in one call. */
export function describeWorkflowBulk({ tracker, store }: WorkflowContext): void {
  const create = async (count: number, workflowType = 'order'): Promise<string[]> => {
    const states = Array.from({ length: count }, () => tracker().createWorkflow({ workflowType }));
    return (await Promise.all(states)).map(({ workflowId }) => workflowId);
  };
  const summary = ({ outcome, state, error }: TransitionOutcome): unknown[] => [
    outcome,
    state?.version ?? null,
    error?.code ?? null,
  ];

  describe('many moves', () => {
    it('tell what became of each, in their order, and refuse some without stopping the others', async () => {
      const [plain = '', repeated = '', outdated = '', keyed = ''] = await create(4);
      const missing = randomUUID();
      await tracker().transition(repeated, 'paid', 'running', {}, { idempotencyKey: 'pay' });
      const created = await tracker().createWorkflow({ workflowType: 'order', idempotencyKey: keyed });

      const outcomes = await tracker({ serviceName: 'shop' }).transitionAll([
        { workflowId: plain.toUpperCase(), phase: 'paid', metadata: { amount: 1 }, actor: 'ann' },
        { workflowId: missing, phase: 'paid' },
        { workflowId: repeated, phase: 'paid', idempotencyKey: 'pay' },
        { workflowId: outdated, phase: 'paid', expectedVersion: 7 },
        { workflowId: created.workflowId, phase: 'paid', idempotencyKey: keyed },
        {
          workflowId: keyed,
          phase: 'shipped',
          status: 'completed',
          idempotencyKey: 'ship',
          expectedVersion: 1,
        },
      ]);

      expect(outcomes.map(({ workflowId }) => workflowId)).toEqual([
        plain,
        missing,
        repeated,
        outdated,
        created.workflowId,
        keyed,
      ]);
      expect(outcomes.map(summary)).toEqual([
        ['moved', 2, null],
        ['refused', null, 'WORKFLOW_NOT_FOUND'],
        ['repeated', 2, null],
        ['refused', 1, 'WORKFLOW_VERSION_CONFLICT'],
        ['refused', 1, 'INVALID_ARGUMENT'],
        ['moved', 2, null],
      ]);
      expect(await tracker().getWorkflow(plain)).toEqual(outcomes[0]?.state);
      expect(outcomes[0]?.state).toMatchObject({ status: 'running', metadata: { amount: 1 } });
      expect((await tracker().history(plain))[1]).toMatchObject({ actor: 'ann', metadata: { amount: 1 } });
      expect((await tracker().history(keyed))[1]).toMatchObject({ actor: 'shop', toStatus: 'completed' });
    });

    it('do nothing when there are none', async () => {
      expect(await tracker().transitionAll([])).toEqual([]);
    });

    it('keep to the definitions, and take the status from them', async () => {
      const workflows = tracker({ workflows: [job] });
      const [one = '', two = ''] = await create(2, job.type);
      const first = await tracker().of(job).create();
      await workflows.transition(first.workflowId, 'running', 'running');
      const [free = ''] = await create(1);

      const outcomes = await workflows.transitionAll([
        { workflowId: first.workflowId, phase: 'done' },
        { workflowId: one, phase: 'done' },
        { workflowId: free, phase: 'done' },
      ]);
      const typed = await tracker()
        .of(job)
        .transitionAll([
          { workflowId: two, phase: 'running' },
          { workflowId: free, phase: 'running' },
        ]);

      expect(outcomes.map(({ outcome, state }) => [outcome, state?.status])).toEqual([
        ['moved', 'completed'],
        ['refused', 'running'],
        ['moved', 'running'],
      ]);
      expect(typed.map(({ error }) => error?.code)).toEqual([
        'WORKFLOW_TRANSITION_INVALID',
        'WORKFLOW_TRANSITION_INVALID',
      ]);
    });

    it('never wait for each other, in whatever order they name the workflows', async () => {
      const ids = await create(40);
      const shuffled = [ids, ids.toReversed(), ids.toSorted(), ids.toSorted().toReversed()];

      const rounds = await Promise.all(
        [...shuffled, ...shuffled].map((list, n) =>
          tracker().transitionAll(list.map((workflowId) => ({ workflowId, phase: `step ${n}` }))),
        ),
      );

      expect(rounds.flat().filter(({ outcome }) => outcome !== 'moved')).toEqual([]);
      const states = await Promise.all(ids.map((id) => tracker().getWorkflow(id)));
      expect(new Set(states.map((state) => state?.version))).toEqual(new Set([9]));
    });

    it('answer repeats at once as repeats, whatever version they expect', async () => {
      const ids = await create(5);
      const moves = ids.map((workflowId) => ({
        workflowId,
        phase: 'paid',
        idempotencyKey: 'pay',
        expectedVersion: 1,
      }));

      const rounds = await Promise.all(Array.from({ length: 6 }, () => tracker().transitionAll(moves)));

      for (const position of ids.keys()) {
        const moved = rounds.filter((round) => round[position]?.outcome === 'moved');
        const repeated = rounds.filter((round) => round[position]?.outcome === 'repeated');
        expect([moved.length, repeated.length]).toEqual([1, 5]);
      }
    });

    it('commit and roll back with a transaction of the caller', async () => {
      const [one = '', two = ''] = await create(2);
      const attempt = store().transaction(async (sql) => {
        const outcomes = await tracker()
          .within(sql)
          .transitionAll([
            { workflowId: one, phase: 'paid' },
            { workflowId: two, phase: 'paid', expectedVersion: 9 },
          ]);
        for (const { error } of outcomes) {
          if (error !== null) {
            throw error;
          }
        }
      });

      expect(await rejectionCode(attempt)).toBe('WORKFLOW_VERSION_CONFLICT');
      expect(await tracker().getWorkflow(one)).toMatchObject({ version: 1, currentPhase: 'created' });
    });

    it('take a thousand in one call', async () => {
      const ids = await create(200);
      const moves = [...ids, ...Array.from({ length: 800 }, () => randomUUID())].map((workflowId) => ({
        workflowId,
        phase: 'paid',
        metadata: { text: 'x'.repeat(1_000) },
      }));

      const outcomes = await tracker().transitionAll(moves);

      expect(outcomes.filter(({ outcome }) => outcome === 'moved')).toHaveLength(200);
      expect(outcomes.filter(({ error }) => error?.code === 'WORKFLOW_NOT_FOUND')).toHaveLength(800);
    });

    it.each([
      { moves: undefined },
      { moves: null },
      { moves: 'moves' },
      { moves: 5 },
      { moves: {} },
      { moves: new Set() },
      { moves: Array.from({ length: 1_001 }, () => ({})) },
      { moves: [undefined] },
      { moves: [null] },
      { moves: ['move'] },
      { moves: [[]] },
      // A hole.
      { moves: Array.from({ length: 1 }) },
    ])('refuse bad lists: %#', async ({ moves }) => {
      const code = await rejectionCode(tracker().transitionAll(moves as TransitionInput[]));

      expect(code).toBe('INVALID_ARGUMENT');
    });

    it('refuse bad moves before anything is moved', async () => {
      const [good = ''] = await create(1);
      const workflowId = randomUUID();
      const bad: [string, unknown][] = [
        ...Object.values(createNotNames(128)).map((phase): [string, unknown] => [
          'WORKFLOW_PHASE_INVALID',
          { workflowId, phase },
        ]),
        ...Object.values(createNotNames(128)).map((status): [string, unknown] => [
          'WORKFLOW_STATUS_INVALID',
          { workflowId, phase: 'paid', status },
        ]),
        ...SOME_NOT_METADATA.map((metadata): [string, unknown] => [
          'WORKFLOW_METADATA_INVALID',
          { workflowId, phase: 'paid', metadata },
        ]),
        ['WORKFLOW_ID_INVALID', { workflowId: 'order-42', phase: 'paid' }],
        ['INVALID_ARGUMENT', { workflowId, phase: 'paid', idempotencyKey: '' }],
        ['INVALID_ARGUMENT', { workflowId, phase: 'paid', actor: 5 }],
        ['INVALID_ARGUMENT', { workflowId: good.toUpperCase(), phase: 'again' }],
      ];

      const codes: string[] = [];
      for (const [, move] of bad) {
        codes.push(
          await rejectionCode(
            tracker().transitionAll([{ workflowId: good, phase: 'paid' }, move as TransitionInput]),
          ),
        );
      }

      expect(codes).toEqual(bad.map(([code]) => code));
      expect(await tracker().getWorkflow(good)).toMatchObject({ version: 1 });
    });

    it('refuse more metadata than one statement should carry', async () => {
      const moves = Array.from({ length: 17 }, () => ({
        workflowId: randomUUID(),
        phase: 'paid',
        metadata: { text: 'x'.repeat(1_048_000) },
      }));

      const error = await rejection(tracker().transitionAll(moves));

      expect(error?.message).toMatch(/^\[INVALID_ARGUMENT\] .*16 MiB/);
    });
  });
}
