import { randomUUID } from 'node:crypto';
import type { SqlRunner, WorkflowCalls } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import { rejectionCode } from './error-code.ts';
import type { WorkflowContext } from './workflow-contract-context.ts';

/** Inside a transaction of the caller. */
export function describeWorkflowsWithin({ tracker, store }: WorkflowContext): void {
  const inTransaction = <Result>(
    work: (calls: WorkflowCalls, sql: SqlRunner) => Promise<Result>,
  ): Promise<Result> => store().transaction((sql) => work(tracker().within(sql), sql));

  describe('within a transaction of the caller', () => {
    it('commits with it', async () => {
      const { workflowId } = await inTransaction(async (workflows) => {
        const created = await workflows.createWorkflow({ workflowType: 'order' });
        await workflows.transition(created.workflowId, 'paid', 'running');
        return workflows.transition(created.workflowId, 'shipped', 'completed');
      });

      const history = await tracker().history(workflowId);

      expect(history.map(({ toPhase }) => toPhase)).toEqual(['created', 'paid', 'shipped']);
    });

    it('rolls back with it', async () => {
      const { workflowId } = await tracker().createWorkflow({ workflowType: 'order' });
      const another = randomUUID();
      const failure = new Error('no stock');

      const outcome = inTransaction(async (workflows) => {
        await workflows.createWorkflow({ workflowType: 'order', workflowId: another });
        await workflows.transition(workflowId, 'paid', 'running', {}, { idempotencyKey: 'pay' });
        throw failure;
      });

      await expect(outcome).rejects.toBe(failure);
      expect(await tracker().getWorkflow(another)).toBeNull();
      expect(await tracker().getWorkflow(workflowId)).toMatchObject({ version: 1, currentPhase: 'created' });
    });

    it('takes a key again whose transaction was rolled back', async () => {
      const { workflowId } = await tracker().createWorkflow({ workflowType: 'order' });
      await inTransaction(async (workflows) => {
        await workflows.transition(workflowId, 'paid', 'running', {}, { idempotencyKey: 'pay' });
        throw new Error('no stock');
      }).catch(() => undefined);

      const moved = await tracker().transition(workflowId, 'paid', 'running', {}, { idempotencyKey: 'pay' });

      expect(moved).toMatchObject({ version: 2, currentPhase: 'paid' });
    });

    it('sees what the transaction has done, and nobody else does', async () => {
      const workflowId = randomUUID();

      const seen = await inTransaction(async (workflows) => {
        await workflows.createWorkflow({ workflowType: 'order', workflowId, correlationId: workflowId });
        return [
          await workflows.getWorkflow(workflowId),
          ...(await workflows.listWorkflows({ correlationId: workflowId })),
          ...(await workflows.history(workflowId)),
        ];
      });

      expect(seen.map((each) => each?.workflowId)).toEqual([workflowId, workflowId, workflowId]);
    });

    it('leaves the transaction usable after every refusal', async () => {
      const { workflowId } = await tracker().createWorkflow({ workflowType: 'order' });

      const { codes, paid } = await inTransaction(async (workflows) => {
        const refused = [
          await rejectionCode(workflows.createWorkflow({ workflowType: 'order', workflowId })),
          await rejectionCode(workflows.transition(randomUUID(), 'paid', 'running')),
          await rejectionCode(workflows.history(randomUUID())),
          await rejectionCode(workflows.transition(workflowId, '', 'running')),
          await rejectionCode(workflows.transition('no uuid', 'paid', 'running')),
        ];
        const first = await workflows.transition(
          workflowId,
          'paid',
          'running',
          {},
          { idempotencyKey: 'pay' },
        );
        const again = await workflows.transition(
          workflowId,
          'paid',
          'running',
          {},
          { idempotencyKey: 'pay' },
        );
        return { codes: refused, paid: [first.version, again.version] };
      });

      expect(codes).toEqual([
        'WORKFLOW_EXISTS',
        'WORKFLOW_NOT_FOUND',
        'WORKFLOW_NOT_FOUND',
        'WORKFLOW_PHASE_INVALID',
        'WORKFLOW_ID_INVALID',
      ]);
      expect(paid).toEqual([2, 2]);
      expect(await tracker().getWorkflow(workflowId)).toMatchObject({ version: 2, currentPhase: 'paid' });
    });

    it('makes concurrent transactions on one workflow queue up', async () => {
      const { workflowId } = await tracker().createWorkflow({ workflowType: 'order', metadata: {} });

      await Promise.all(
        [1, 2, 3, 4, 5, 6].map((n) =>
          inTransaction(async (workflows) => {
            await workflows.transition(workflowId, `begin ${n}`, 'running', { [`a${n}`]: n });
            await workflows.transition(workflowId, `end ${n}`, 'running', { [`b${n}`]: n });
          }),
        ),
      );

      const history = await tracker().history(workflowId);
      const pairs = history.slice(1).map(({ toPhase }) => toPhase.split(' ')[1]);
      expect(history.map(({ version }) => version)).toEqual(
        Array.from({ length: 13 }, (_, index) => index + 1),
      );
      expect(pairs.filter((_, index) => index % 2 === 0)).toEqual(
        pairs.filter((_, index) => index % 2 === 1),
      );
    });

    it('runs nothing but its own statement on the runner: no schema check, no transaction', async () => {
      await tracker().listWorkflows({ limit: 1 });
      const statements: string[] = [];
      await store().transaction(async (sql) => {
        const watched: SqlRunner = {
          query: (text, values) => {
            statements.push(text.trim().split(/\s+/, 2).join(' '));
            return sql.query(text, values);
          },
        };
        const { workflowId } = await tracker().within(watched).createWorkflow({ workflowType: 'order' });
        await tracker().within(watched).transition(workflowId, 'paid', 'running');
      });

      expect(statements).toEqual(['with clock', 'with locked']);
    });

    it('refuses what is not a runner', () => {
      const notRunners: unknown[] = [undefined, null, 'manager', {}, { query: 'select 1' }];

      const codes = notRunners.map((value) => {
        try {
          tracker().within(value as SqlRunner);
          return 'accepted';
        } catch (error) {
          return (error as { code?: string }).code;
        }
      });

      expect(codes).toEqual(notRunners.map(() => 'INVALID_ARGUMENT'));
    });
  });
}
