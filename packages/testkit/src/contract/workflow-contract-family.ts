import { randomUUID } from 'node:crypto';
import type { WorkflowTree } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import { rejectionCode } from './error-code.ts';
import type { WorkflowContext } from './workflow-contract-context.ts';

/** Workflows that start others. */
export function describeWorkflowFamily({ tracker, store }: WorkflowContext): void {
  const create = async (phase: string, parentWorkflowId?: string): Promise<string> =>
    (await tracker().createWorkflow({ workflowType: 'family', phase, parentWorkflowId })).workflowId;
  const phasesOf = ({ workflow, children }: WorkflowTree): unknown => [
    workflow.currentPhase,
    ...children.map(phasesOf),
  ];
  const createFamily = async (): Promise<string> => {
    const root = await create('root');
    const first = await create('a', root);
    await create('b', root);
    await create('a1', first);
    const second = await create('a2', first);
    await create('a2x', second);
    return root;
  };

  describe('children', () => {
    it('are told, the oldest first, page by page', async () => {
      const parent = await create('parent');
      const ids: string[] = [];
      for (const phase of ['1', '2', '3', '4', '5']) {
        ids.push(await create(phase, parent));
      }

      const pages = [
        await tracker().children(parent, { limit: 2 }),
        await tracker().children(parent, { limit: 2, after: ids[1] ?? '' }),
        await tracker().children(parent, { limit: 2, after: ids[3] ?? '' }),
        await tracker().children(parent, { limit: 2, after: ids[4] ?? '' }),
      ];

      expect(pages.map((page) => page.map(({ workflowId }) => workflowId))).toEqual([
        ids.slice(0, 2),
        ids.slice(2, 4),
        ids.slice(4),
        [],
      ]);
      expect(await tracker().children(parent)).toHaveLength(5);
      expect(await tracker().children(randomUUID())).toEqual([]);
    });

    it('make a tree', async () => {
      const root = await createFamily();

      const tree = await tracker().tree(root);

      expect(phasesOf(tree)).toEqual(['root', ['a', ['a1'], ['a2', ['a2x']]], ['b']]);
      expect(tree.workflow).toEqual(await tracker().getWorkflow(root));
    });

    it('leave the deepest out of a tree that is too large', async () => {
      const root = await createFamily();

      const trees = [await tracker().tree(root, { limit: 1 }), await tracker().tree(root, { limit: 3 })];

      expect(trees.map(phasesOf)).toEqual([['root'], ['root', ['a'], ['b']]]);
    });

    it('may go round in a circle', async () => {
      const [one, two] = [randomUUID(), randomUUID()];
      const workflows = tracker();
      await workflows.createWorkflow({
        workflowType: 'family',
        workflowId: one,
        phase: '1',
        parentWorkflowId: two,
      });
      await workflows.createWorkflow({
        workflowType: 'family',
        workflowId: two,
        phase: '2',
        parentWorkflowId: one,
      });
      const own = randomUUID();
      await workflows.createWorkflow({
        workflowType: 'family',
        workflowId: own,
        phase: 'own',
        parentWorkflowId: own,
      });

      expect(phasesOf(await workflows.tree(one))).toEqual(['1', ['2']]);
      expect(phasesOf(await workflows.tree(own))).toEqual(['own']);
    });

    it('are seen within the transaction that creates them', async () => {
      const parent = await create('parent');

      const [children, tree] = await store().transaction(async (sql) => {
        const workflows = tracker().within(sql);
        await workflows.createWorkflow({ workflowType: 'family', phase: 'child', parentWorkflowId: parent });
        return [await workflows.children(parent), await workflows.tree(parent)];
      });

      expect(children?.map(({ currentPhase }) => currentPhase)).toEqual(['child']);
      expect(tree && phasesOf(tree)).toEqual(['parent', ['child']]);
    });

    it('are asked for with an ID and sensible numbers', async () => {
      const workflows = tracker();
      const id = randomUUID();
      const codes = await Promise.all([
        rejectionCode(workflows.children('order-42')),
        rejectionCode(workflows.tree('order-42')),
        rejectionCode(workflows.children(id, { after: 'order-42' })),
        rejectionCode(workflows.children(id, { after: id })),
        rejectionCode(workflows.tree(id)),
        ...[0, -1, 1.5, 10_001, NaN, '10', 10n, null].flatMap((limit) => [
          rejectionCode(workflows.children(id, { limit: limit as number })),
          rejectionCode(workflows.tree(id, { limit: limit as number })),
        ]),
        ...[null, 'x', [], 5].flatMap((options) => [
          rejectionCode(workflows.children(id, options as object)),
          rejectionCode(workflows.tree(id, options as object)),
        ]),
      ]);

      expect(codes.slice(0, 5)).toEqual([
        'WORKFLOW_ID_INVALID',
        'WORKFLOW_ID_INVALID',
        'WORKFLOW_ID_INVALID',
        'WORKFLOW_NOT_FOUND',
        'WORKFLOW_NOT_FOUND',
      ]);
      expect(new Set(codes.slice(5))).toEqual(new Set(['INVALID_ARGUMENT']));
    });
  });
}
