import type { Metadata } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import type { WorkflowContext } from './workflow-contract-context.ts';

/** What becomes of metadata. */
export function describeWorkflowMetadata({ tracker }: WorkflowContext): void {
  describe('metadata', () => {
    it('is merged at the top level; null removes a key; each move keeps what it was given', async () => {
      const workflows = tracker();
      const { workflowId, metadata } = await workflows.createWorkflow({
        workflowType: 'order',
        metadata: { keep: 1, change: { a: 1, b: 2 }, remove: true, never: null },
      });

      const moved = await workflows.transition(workflowId, 'paid', 'running', {
        change: { c: null },
        remove: null,
        absent: null,
        add: 'x',
        nothing: undefined,
      });

      const history = await workflows.history(workflowId);
      expect(metadata).toEqual({ keep: 1, change: { a: 1, b: 2 }, remove: true });
      expect(moved.metadata).toEqual({ keep: 1, change: { c: null }, add: 'x' });
      expect(history.map((transition) => transition.metadata)).toEqual([
        { keep: 1, change: { a: 1, b: 2 }, remove: true, never: null },
        { change: { c: null }, remove: null, absent: null, add: 'x' },
      ]);
    });

    it('is stored as it is, whatever its names and texts are', async () => {
      const metadata = {
        "'; drop table observability.workflow_state; --": 'quote \' and " and \\ and $1',
        ['__proto__']: { polluted: true },
        constructor: 'c',
        '': 'empty name',
        'größe 😀': '\n\t\u0001',
        nested: { deep: [[], {}, [1, [2, [3]]]] },
        numbers: [0, -1, 1e300, 5e-324, 9_007_199_254_740_991],
        flags: [true, false, null],
      };
      const { workflowId } = await tracker().createWorkflow({ workflowType: 'order', metadata });

      const state = await tracker().getWorkflow(workflowId);

      expect(JSON.parse(JSON.stringify(state?.metadata))).toEqual(metadata);
      expect(Object.keys(state?.metadata ?? {}).sort()).toEqual(Object.keys(metadata).sort());
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    });

    it('takes Dates as ISO text and replaces what PostgreSQL cannot hold', async () => {
      const { metadata } = await tracker().createWorkflow({
        workflowType: 'order',
        metadata: {
          at: new Date(0),
          farAway: new Date(8.64e15),
          text: 'a\0b\ud800c',
          ['key\0']: 1,
        },
      });

      expect(metadata).toEqual({
        at: '1970-01-01T00:00:00.000Z',
        farAway: '+275760-09-13T00:00:00.000Z',
        text: 'a\ufffdb\ufffdc',
        ['key\ufffd']: 1,
      });
    });

    it('is masked, by the default list and by the function that was given', async () => {
      const workflows = tracker({ redact: (key, value) => (key === 'email' ? '[email]' : value) });
      const { workflowId, metadata } = await workflows.createWorkflow({
        workflowType: 'order',
        metadata: {
          password: 'hunter2',
          database: 'postgres://app:hunter2@db/shop',
          customer: { email: 'ann@example.org', tokens: ['x'] },
          list: ['Bearer hunter2'],
        },
      });
      const moved = await workflows.transition(workflowId, 'paid', 'running', { password: null });

      const stored = JSON.stringify([metadata, await workflows.history(workflowId)]);
      expect(stored).not.toContain('hunter2');
      expect(metadata).toMatchObject({ password: '[REDACTED]', customer: { email: '[email]' } });
      expect(moved.metadata).not.toHaveProperty('password');
    });

    it('may be changed by the caller once the call was made', async () => {
      const metadata = { a: 1 };

      const pending = tracker().createWorkflow({ workflowType: 'order', metadata });
      metadata.a = 2;

      expect((await pending).metadata).toEqual({ a: 1 });
    });

    it('may hold close to a megabyte', async () => {
      const metadata: Metadata = { text: 'x'.repeat(1_000_000) };

      const state = await tracker().createWorkflow({ workflowType: 'order', metadata });

      expect(state.metadata).toEqual(metadata);
    });
  });
}
