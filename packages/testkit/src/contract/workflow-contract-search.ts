import { randomUUID } from 'node:crypto';
import { withTracingContext } from '@pg-observability/core';
import type { Metadata, WorkflowFilter } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import { rejectionCode } from './error-code.ts';
import { NOT_METADATA } from './hostile-values.ts';
import type { WorkflowContext } from './workflow-contract-context.ts';

// The others are told apart by the same function, which the calls for one workflow are tested with.
const SOME_NOT_METADATA = ['null', 'text', 'an array', 'a function', 'with a bigint', 'circular'].map(
  (what) => NOT_METADATA[what],
);

/** Finding workflows, and reading long lists in parts. */
export function describeWorkflowSearch({ tracker }: WorkflowContext): void {
  const phasesFound = async (filter: WorkflowFilter): Promise<string[]> =>
    (await tracker().listWorkflows(filter)).map(({ currentPhase }) => currentPhase).toSorted();

  describe('search', () => {
    it.each([
      ['a number', { orderId: 42 }, ['one']],
      ['text that looks like it', { orderId: '42' }, ['two']],
      ['a part of an object', { customer: { country: 'DE' } }, ['one', 'two']],
      ['elements of an array', { skus: ['b'] }, ['one']],
      ['elements of an array, in any order', { skus: ['b', 'a', 'a'] }, ['one']],
      ['null inside', { customer: { vat: null } }, ['one']],
      ['two keys, one of them wrong', { orderId: 42, paid: false }, []],
      ['an array that is none', { orderId: [42] }, []],
      ['an object that is an array', { skus: { 0: 'a' } }, []],
      ['hostile names', { "'; drop table x; --": '$1 \\ "' }, ['two']],
      ['a key of every object', { ['__proto__']: { polluted: true } }, []],
    ])('finds by metadata: %s', async (_what, metadata: Metadata, phases) => {
      const workflowType = randomUUID();
      const create = (phase: string, given: Metadata): Promise<unknown> =>
        tracker().createWorkflow({ workflowType, phase, metadata: given });
      await create('one', {
        orderId: 42,
        paid: true,
        skus: ['a', 'b'],
        customer: { country: 'DE', vat: null },
      });
      await create('two', { orderId: '42', customer: { country: 'DE' }, "'; drop table x; --": '$1 \\ "' });
      await create('three', {});

      expect(await phasesFound({ workflowType, metadata })).toEqual(phases);
    });

    it('finds by what a move has added or removed', async () => {
      const orderId = randomUUID();
      const { workflowId } = await tracker().createWorkflow({ workflowType: 'order', metadata: { orderId } });
      await tracker().transition(workflowId, 'paid', 'running', { invoice: orderId });
      await tracker().transition(workflowId, 'shipped', 'completed', { orderId: null });

      expect(await phasesFound({ metadata: { orderId } })).toEqual([]);
      expect(await phasesFound({ metadata: { invoice: orderId } })).toEqual(['shipped']);
      expect(await phasesFound({ metadata: { invoice: orderId }, status: 'running' })).toEqual([]);
    });

    it('does not find what was masked by what it was', async () => {
      const workflowType = randomUUID();
      await tracker().createWorkflow({ workflowType, metadata: { password: 'hunter2' } });

      expect(await phasesFound({ workflowType, metadata: { password: 'hunter2' } })).toEqual([]);
      expect(await phasesFound({ workflowType, metadata: { password: 'hunter3' } })).toEqual([]);
    });

    it('finds by the trace a workflow was created or moved in', async () => {
      const one = await tracker().createWorkflow({ workflowType: 'order', phase: 'one', metadata: { n: 1 } });
      let traceId = '';
      await withTracingContext('request', {}, async (span) => {
        traceId = span.traceId;
        await tracker().createWorkflow({ workflowType: 'order', phase: 'two', metadata: { n: 2 } });
        await tracker().transition(one.workflowId, 'moved', 'running');
        await tracker().transition(one.workflowId, 'again', 'running');
      });

      expect(await phasesFound({ traceId })).toEqual(['again', 'two']);
      expect(await phasesFound({ traceId, metadata: { n: 2 } })).toEqual(['two']);
      expect(await phasesFound({ traceId, status: 'failed' })).toEqual([]);
      expect(await phasesFound({ traceId: 'f'.repeat(32) })).toEqual([]);
    });

    it('reads a long list page by page, each workflow once, however it is found', async () => {
      const workflowType = randomUUID();
      const ids: string[] = [];
      for (let n = 0; n < 7; n += 1) {
        const { workflowId } = await tracker().createWorkflow({ workflowType, metadata: { workflowType } });
        ids.unshift(workflowId);
      }
      const filters = [{ workflowType }, { metadata: { workflowType } }];

      for (const filter of filters) {
        const pages: string[][] = [];
        let after: string | undefined;
        do {
          const page = await tracker().listWorkflows({ ...filter, limit: 3, after });
          pages.push(page.map(({ workflowId }) => workflowId));
          after = page.at(-1)?.workflowId;
        } while (after !== undefined);

        expect(pages).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6), []]);
      }
    });

    it('reads a long history in parts', async () => {
      const { workflowId } = await tracker().createWorkflow({ workflowType: 'order' });
      for (const phase of ['a', 'b', 'c', 'd']) {
        await tracker().transition(workflowId, phase, 'running');
      }

      const parts = [
        await tracker().history(workflowId, { limit: 2 }),
        await tracker().history(workflowId, { limit: 2, afterVersion: 2 }),
        await tracker().history(workflowId, { afterVersion: 4 }),
        await tracker().history(workflowId, { afterVersion: 5 }),
        await tracker().history(workflowId, { afterVersion: 0 }),
      ];

      expect(parts.map((part) => part.map(({ version }) => version))).toEqual([
        [1, 2],
        [3, 4],
        [5],
        [],
        [1, 2, 3, 4, 5],
      ]);
    });

    it('tells how long a workflow has been in each phase', async () => {
      const { workflowId } = await tracker().createWorkflow({ workflowType: 'order' });
      await tracker().transition(workflowId, 'paid', 'running');
      await tracker().transition(workflowId, 'created', 'running');
      await tracker().transition(workflowId, 'created', 'waiting');

      const times = await tracker().dwellTimes(workflowId);
      await tracker().transition(workflowId, 'done', 'completed');
      const finished = await tracker().dwellTimes(workflowId);

      const shape = ({ phase, stays, isCurrent }: (typeof times)[number]): unknown[] => [
        phase,
        stays,
        isCurrent,
      ];
      expect(times.map(shape)).toEqual([
        ['created', 2, true],
        ['paid', 1, false],
      ]);
      expect(times.every(({ durationMs }) => durationMs >= 0 && durationMs < 60_000)).toBe(true);
      expect(finished.map(shape)).toEqual([
        ['created', 2, false],
        ['paid', 1, false],
        ['done', 1, false],
      ]);
      const moves = await tracker().history(workflowId);
      const stays = moves.reduce((sum, { stayMs }) => sum + (stayMs ?? 0), 0);
      expect(finished.reduce((sum, { durationMs }) => sum + durationMs, 0)).toBeCloseTo(stays, -1);
    });

    it('refuses what cannot be looked for', async () => {
      const id = randomUUID();
      const codes = await Promise.all([
        ...SOME_NOT_METADATA.map((metadata) =>
          rejectionCode(tracker().listWorkflows({ metadata: metadata as Metadata })),
        ),
        rejectionCode(tracker().listWorkflows({ metadata: {} })),
      ]);
      const others = await Promise.all([
        ...['', 'x', 'F'.repeat(32), `${'f'.repeat(32)}\n`, 5, null].map((traceId) =>
          rejectionCode(tracker().listWorkflows({ traceId: traceId as string })),
        ),
        ...[null, [], 'x'].map((options) => rejectionCode(tracker().history(id, options as object))),
        ...[0, 10_001, '1', null].map((limit) =>
          rejectionCode(tracker().history(id, { limit: limit as number })),
        ),
      ]);

      expect(new Set(codes)).toEqual(new Set(['WORKFLOW_METADATA_INVALID']));
      expect(new Set(others)).toEqual(new Set(['INVALID_ARGUMENT']));
      expect([
        await rejectionCode(tracker().listWorkflows({ after: 'order-42' })),
        await rejectionCode(tracker().listWorkflows({ after: id })),
        await rejectionCode(tracker().dwellTimes('order-42')),
        await rejectionCode(tracker().dwellTimes(id)),
      ]).toEqual(['WORKFLOW_ID_INVALID', 'WORKFLOW_NOT_FOUND', 'WORKFLOW_ID_INVALID', 'WORKFLOW_NOT_FOUND']);
    });
  });
}
