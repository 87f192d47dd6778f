import { describe, expect, it } from 'vitest';
import { rejection, rejectionCode } from './error-code.ts';
import type { WorkflowContext } from './workflow-contract-context.ts';

/** Moves that expect a version. */
export function describeWorkflowVersions({ tracker, store }: WorkflowContext): void {
  describe('an expected version', () => {
    it('lets a move through that has it, and refuses one that has not, saying which it is', async () => {
      const workflows = tracker();
      const { workflowId, version } = await workflows.createWorkflow({ workflowType: 'order' });

      const moved = await workflows.transition(
        workflowId,
        'paid',
        'running',
        {},
        { expectedVersion: version },
      );
      const error = await rejection(
        workflows.transition(workflowId, 'refused', 'failed', {}, { expectedVersion: version }),
      );

      expect(moved.version).toBe(2);
      expect(error?.code).toBe('WORKFLOW_VERSION_CONFLICT');
      expect(error?.message).toMatch(/has the version 2 now, not 1 as expected, and is in "paid"/);
      expect(await workflows.history(workflowId)).toHaveLength(2);
    });

    it('lets exactly one of twenty moves at once through', async () => {
      const { workflowId } = await tracker().createWorkflow({ workflowType: 'order' });

      const codes = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          rejectionCode(
            tracker().transition(workflowId, `taken by ${n}`, 'running', { n }, { expectedVersion: 1 }),
          ),
        ),
      );

      expect(codes.filter((code) => code === 'WORKFLOW_VERSION_CONFLICT')).toHaveLength(19);
      expect(await tracker().getWorkflow(workflowId)).toMatchObject({
        version: 2,
        metadata: { n: codes.indexOf('no ObservabilityError') },
      });
    });

    it('is not asked of a repeat, which answers the state', async () => {
      const { workflowId } = await tracker().createWorkflow({ workflowType: 'order' });
      const pay = () =>
        tracker().transition(
          workflowId,
          'paid',
          'running',
          {},
          { expectedVersion: 1, idempotencyKey: 'pay' },
        );

      const states = await Promise.all(Array.from({ length: 10 }, pay));
      const late = await pay();

      expect([...states, late].map(({ version }) => version)).toEqual(Array.from({ length: 11 }, () => 2));
    });

    it('holds within a transaction of the caller', async () => {
      const { workflowId } = await tracker().createWorkflow({ workflowType: 'order' });

      const code = await store().transaction(async (sql) => {
        const workflows = tracker().within(sql);
        await workflows.transition(workflowId, 'paid', 'running', {}, { expectedVersion: 1 });
        return rejectionCode(
          workflows.transition(workflowId, 'shipped', 'completed', {}, { expectedVersion: 1 }),
        );
      });

      expect(code).toBe('WORKFLOW_VERSION_CONFLICT');
    });

    it.each([0, -1, 1.5, 2_147_483_648, NaN, Infinity, '1', 1n, null, {}])('is not %s', async (version) => {
      const { workflowId } = await tracker().createWorkflow({ workflowType: 'order' });
      const options = { expectedVersion: version as number };

      const codes = await Promise.all([
        rejectionCode(tracker().transition(workflowId, 'paid', 'running', {}, options)),
        rejectionCode(tracker().transitionAll([{ workflowId, phase: 'paid', ...options }])),
        // A history may begin before the first version.
        rejectionCode(
          tracker().history(workflowId, { afterVersion: version === 0 ? -1 : (version as number) }),
        ),
      ]);

      expect(codes).toEqual(['INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT']);
    });
  });
}
