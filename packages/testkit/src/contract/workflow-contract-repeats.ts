import { randomUUID } from 'node:crypto';
import { WorkflowStateTracker } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import { createAnswerLosingStore } from './answer-losing-store.ts';
import { startBehindLock } from './behind-a-lock.ts';
import { rejectionCode } from './error-code.ts';
import type { WorkflowContext } from './workflow-contract-context.ts';

const LOCK_WORKFLOW = 'select 1 from observability.workflow_state where workflow_id = $1::uuid for update';

const numbersTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Calls that come twice, at once, or after an unknown commit. */
export function describeWorkflowRepeats({ tracker, store }: WorkflowContext): void {
  describe('repeats and races', () => {
    it('loses none of fifty moves at once, and numbers them without gaps', async () => {
      const trackers = [tracker(), tracker()];
      const { workflowId } = await tracker().createWorkflow({ workflowType: 'order' });

      const states = await startBehindLock(
        store(),
        [LOCK_WORKFLOW, workflowId],
        numbersTo(50).map(
          (n) => async () =>
            trackers[n % 2]?.transition(workflowId, `phase ${n}`, 'running', { [`k${n}`]: n }),
        ),
      );

      const [final, history] = await Promise.all([
        tracker().getWorkflow(workflowId),
        tracker().history(workflowId),
      ]);
      expect(states.map((state) => state?.version).sort((a = 0, b = 0) => a - b)).toEqual(
        numbersTo(51).slice(1),
      );
      expect(history.map(({ version }) => version)).toEqual(numbersTo(51));
      expect(history.slice(1).map(({ fromPhase }) => fromPhase)).toEqual(
        history.slice(0, -1).map(({ toPhase }) => toPhase),
      );
      expect(Object.keys(final?.metadata ?? {})).toHaveLength(50);
      expect(final).toMatchObject({ version: 51, currentPhase: history.at(-1)?.toPhase });
    });

    it('never lets the times of a workflow run against its versions', async () => {
      const { workflowId } = await tracker().createWorkflow({ workflowType: 'order' });
      await Promise.all(numbersTo(20).map((n) => tracker().transition(workflowId, `phase ${n}`, 'running')));

      const { rows } = await store().query(
        `select bool_and(later.occurred_at >= earlier.occurred_at) as in_order
         from observability.workflow_transitions later
         join observability.workflow_transitions earlier
           on earlier.workflow_id = later.workflow_id and earlier.version = later.version - 1
         where later.workflow_id = $1::uuid`,
        [workflowId],
      );

      expect(rows).toEqual([{ in_order: true }]);
    });

    it('stores a move once when its key is repeated, one after the other and at once', async () => {
      const workflows = tracker();
      const { workflowId } = await workflows.createWorkflow({ workflowType: 'order' });
      const move = () =>
        workflows.transition(workflowId, 'paid', 'running', { n: 1 }, { idempotencyKey: 'pay' });

      const first = await move();
      const repeated = await Promise.all(numbersTo(10).map(move));

      expect(repeated).toEqual(repeated.map(() => first));
      expect(first.version).toBe(2);
      expect(await workflows.history(workflowId)).toHaveLength(2);
    });

    it('stores a move once when its key comes twenty times at once, without a gap in the versions', async () => {
      const workflows = tracker();
      const { workflowId } = await workflows.createWorkflow({ workflowType: 'order' });

      const states = await startBehindLock(
        store(),
        [LOCK_WORKFLOW, workflowId],
        numbersTo(20).map(
          () => () => workflows.transition(workflowId, 'paid', 'running', {}, { idempotencyKey: 'pay' }),
        ),
      );
      const next = await workflows.transition(workflowId, 'shipped', 'completed');

      expect(states.map(({ version }) => version)).toEqual(states.map(() => 2));
      expect(next.version).toBe(3);
    });

    it('answers a repeat with the state as it is by then, also where it asks for something else', async () => {
      const workflows = tracker();
      const { workflowId } = await workflows.createWorkflow({ workflowType: 'order' });
      await workflows.transition(workflowId, 'paid', 'running', {}, { idempotencyKey: 'pay' });
      const shipped = await workflows.transition(workflowId, 'shipped', 'completed');

      const repeated = await workflows.transition(
        workflowId,
        'refused',
        'failed',
        { x: 1 },
        { idempotencyKey: 'pay' },
      );

      expect(repeated).toEqual(shipped);
    });

    it('knows a key per workflow', async () => {
      const workflows = tracker();
      const one = await workflows.createWorkflow({ workflowType: 'order' });
      const two = await workflows.createWorkflow({ workflowType: 'order' });

      const moved = [
        await workflows.transition(one.workflowId, 'paid', 'running', {}, { idempotencyKey: 'pay' }),
        await workflows.transition(two.workflowId, 'paid', 'running', {}, { idempotencyKey: 'pay' }),
      ];

      expect(moved.map(({ version }) => version)).toEqual([2, 2]);
    });

    it('refuses the key of the creation for a move, which would otherwise be swallowed', async () => {
      const workflows = tracker();
      const { workflowId } = await workflows.createWorkflow({
        workflowType: 'order',
        idempotencyKey: randomUUID(),
      });
      const [created] = await workflows.history(workflowId);

      const move = workflows.transition(
        workflowId,
        'paid',
        'running',
        {},
        { idempotencyKey: created?.idempotencyKey ?? '' },
      );

      expect(await rejectionCode(move)).toBe('INVALID_ARGUMENT');
      expect(await workflows.history(workflowId)).toHaveLength(1);
    });

    it('refuses an ID that exists, with or without another key', async () => {
      const workflows = tracker();
      const { workflowId } = await workflows.createWorkflow({
        workflowType: 'order',
        idempotencyKey: randomUUID(),
      });

      const codes = await Promise.all([
        rejectionCode(workflows.createWorkflow({ workflowType: 'order', workflowId })),
        rejectionCode(
          workflows.createWorkflow({ workflowType: 'order', workflowId, idempotencyKey: 'another' }),
        ),
      ]);

      expect(codes).toEqual(['WORKFLOW_EXISTS', 'WORKFLOW_EXISTS']);
    });

    it('lets one of twenty creations of the same ID through', async () => {
      const workflowId = randomUUID();

      const codes = await Promise.all(
        numbersTo(20).map(() =>
          rejectionCode(tracker().createWorkflow({ workflowType: 'order', workflowId })),
        ),
      );

      expect(codes.filter((code) => code === 'WORKFLOW_EXISTS')).toHaveLength(19);
      expect(await tracker().history(workflowId)).toHaveLength(1);
    });

    it('creates one workflow for a key, with an ID and without, however often and at once', async () => {
      const workflowId = randomUUID();
      const idempotencyKey = randomUUID();
      const withId = () => tracker().createWorkflow({ workflowType: 'order', workflowId, idempotencyKey });
      const withoutId = () => tracker().createWorkflow({ workflowType: 'order', idempotencyKey });

      const named = await Promise.all(numbersTo(10).map(withId));
      const unnamed = await Promise.all(numbersTo(10).map(withoutId));
      const otherType = await tracker().createWorkflow({ workflowType: 'invoice', idempotencyKey });

      expect(new Set(named.map((state) => state.workflowId))).toEqual(new Set([workflowId]));
      expect(new Set(unnamed.map((state) => state.workflowId)).size).toBe(1);
      expect(otherType.workflowId).not.toBe(unnamed[0]?.workflowId);
      expect(await tracker().history(workflowId)).toHaveLength(1);
    });

    it('rejects with STORE_UNAVAILABLE when the answer is lost, and the repeat stores nothing twice', async () => {
      const idempotencyKey = randomUUID();
      const losesCreation = new WorkflowStateTracker(
        createAnswerLosingStore(store(), /insert into observability\.workflow_state/),
      );
      const losesMove = new WorkflowStateTracker(createAnswerLosingStore(store(), /for update/));
      const create = () => losesCreation.createWorkflow({ workflowType: 'order', idempotencyKey });

      const firstCreation = await rejectionCode(create());
      const { workflowId, version } = await create();
      const move = () => losesMove.transition(workflowId, 'paid', 'running', {}, { idempotencyKey: 'pay' });
      const firstMove = await rejectionCode(move());
      const moved = await move();

      expect([firstCreation, version, firstMove, moved.version]).toEqual([
        'STORE_UNAVAILABLE',
        1,
        'STORE_UNAVAILABLE',
        2,
      ]);
      expect(await losesMove.history(workflowId)).toHaveLength(2);
    });

    it('gives up in time when the database does not answer', async () => {
      const hanging = {
        ...createAnswerLosingStore(store(), /never/),
        query: () => new Promise<never>(() => undefined),
      };
      const workflows = new WorkflowStateTracker(hanging, { schema: 'off', timeoutMs: 20 });

      const codes = await Promise.all([
        rejectionCode(workflows.getWorkflow(randomUUID())),
        rejectionCode(workflows.within(hanging).getWorkflow(randomUUID())),
      ]);

      expect(codes).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);
    });
  });
}
