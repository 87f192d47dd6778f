import { randomUUID } from 'node:crypto';
import { continueTrace, withTracingContext } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import type { WorkflowContext } from './workflow-contract-context.ts';

/** Creating, moving and reading. */
export function describeWorkflowMoves({ tracker, store }: WorkflowContext): void {
  describe('moves', () => {
    it('creates a workflow with everything that was given', async () => {
      const workflowId = randomUUID();
      const parentWorkflowId = randomUUID();

      const state = await tracker().createWorkflow({
        workflowId: workflowId.toUpperCase(),
        correlationId: 'order:42',
        workflowType: 'order',
        phase: 'placed',
        status: 'waiting',
        metadata: { total: 12.5, lines: [{ sku: 'a', note: null }] },
        parentWorkflowId,
      });

      const { createdAt } = state;
      expect(Math.abs(Date.now() - createdAt.getTime())).toBeLessThan(60_000);
      expect(state).toEqual({
        workflowId,
        correlationId: 'order:42',
        workflowType: 'order',
        currentPhase: 'placed',
        status: 'waiting',
        version: 1,
        createdAt,
        updatedAt: createdAt,
        phaseEnteredAt: createdAt,
        deadlineAt: null,
        finishedAt: null,
        metadata: { total: 12.5, lines: [{ sku: 'a', note: null }] },
        traceId: null,
        parentWorkflowId,
      });
      expect(await tracker().getWorkflow(workflowId)).toEqual(state);
    });

    it('fills in an ID, a correlation ID, the phase created and the status running', async () => {
      const { workflowId, correlationId, currentPhase, status, metadata } = await tracker().createWorkflow({
        workflowType: 'order',
      });

      expect(workflowId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(correlationId).toMatch(/^[0-9a-f]{32}$/);
      expect({ currentPhase, status, metadata }).toEqual({
        currentPhase: 'created',
        status: 'running',
        metadata: {},
      });
    });

    it('keeps every move, with who made it, in order', async () => {
      const workflows = tracker({ serviceName: 'shop' });
      const { workflowId, createdAt } = await workflows.createWorkflow({
        workflowType: 'order',
        correlationId: 'c-1',
        metadata: { a: 1 },
      });
      const paid = await workflows.transition(
        workflowId,
        'paid',
        'running',
        { b: 2 },
        { actor: 'ann', idempotencyKey: 'k' },
      );
      const shipped = await workflows.transition(workflowId, 'shipped', 'completed');

      const history = await workflows.history(workflowId);

      const same = { workflowId, correlationId: 'c-1', traceId: null };
      expect(history).toEqual([
        {
          ...same,
          version: 1,
          fromPhase: null,
          toPhase: 'created',
          fromStatus: null,
          toStatus: 'running',
          actor: 'shop',
          idempotencyKey: null,
          occurredAt: createdAt,
          stayMs: null,
          metadata: { a: 1 },
        },
        {
          ...same,
          version: 2,
          fromPhase: 'created',
          toPhase: 'paid',
          fromStatus: 'running',
          toStatus: 'running',
          actor: 'ann',
          idempotencyKey: 'k',
          occurredAt: paid.updatedAt,
          stayMs: expect.closeTo(paid.updatedAt.getTime() - createdAt.getTime(), -1) as number,
          metadata: { b: 2 },
        },
        {
          ...same,
          version: 3,
          fromPhase: 'paid',
          toPhase: 'shipped',
          fromStatus: 'running',
          toStatus: 'completed',
          actor: 'shop',
          idempotencyKey: null,
          occurredAt: shipped.updatedAt,
          stayMs: expect.closeTo(shipped.updatedAt.getTime() - paid.updatedAt.getTime(), -1) as number,
          metadata: {},
        },
      ]);
      expect(shipped).toMatchObject({ version: 3, currentPhase: 'shipped', status: 'completed', createdAt });
    });

    it.each(['completed', 'failed', 'cancelled'])(
      'notes when it was %s, keeps that, and clears it when it goes on',
      async (status) => {
        const workflows = tracker();
        const { workflowId } = await workflows.createWorkflow({ workflowType: 'order' });

        const finished = await workflows.transition(workflowId, 'end', status);
        const archived = await workflows.transition(workflowId, 'archived', status);
        const reopened = await workflows.transition(workflowId, 'again', 'running');

        expect(finished.finishedAt).toEqual(finished.updatedAt);
        expect(archived.finishedAt).toEqual(finished.finishedAt);
        expect(reopened.finishedAt).toBeNull();
      },
    );

    it('may be created finished', async () => {
      const state = await tracker().createWorkflow({
        workflowType: 'import',
        phase: 'done',
        status: 'completed',
      });

      expect(state.finishedAt).toEqual(state.createdAt);
    });

    it('records the correlation ID of the caller, at the creation and at each move', async () => {
      const workflows = tracker();
      const inRequest = <Result>(id: string, work: () => Promise<Result>): Promise<Result> =>
        continueTrace({ 'x-correlation-id': id }, 'request', work);
      const created = await inRequest('request-1', () => workflows.createWorkflow({ workflowType: 'order' }));
      await inRequest('request-2', () => workflows.transition(created.workflowId, 'paid', 'running'));
      await workflows.transition(created.workflowId, 'shipped', 'running');

      const history = await workflows.history(created.workflowId);

      expect(created.correlationId).toBe('request-1');
      expect(history.map(({ correlationId }) => correlationId)).toEqual([
        'request-1',
        'request-2',
        'request-1',
      ]);
    });

    it('records the trace it was moved in', async () => {
      const workflows = tracker();
      let traceId = '';
      const created = await withTracingContext('place order', {}, async (span) => {
        traceId = span.traceId;
        return workflows.createWorkflow({ workflowType: 'order' });
      });

      const history = await workflows.history(created.workflowId);

      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      expect([created.traceId, history[0]?.traceId, created.correlationId]).toEqual([
        traceId,
        traceId,
        traceId,
      ]);
    });

    it('asks the actor function at every call', async () => {
      let user: string | undefined = 'ann';
      const workflows = tracker({ serviceName: 'shop', actor: () => user });
      const { workflowId } = await workflows.createWorkflow({ workflowType: 'order' });
      user = undefined;
      await workflows.transition(workflowId, 'paid', 'running');

      const history = await workflows.history(workflowId);

      expect(history.map(({ actor }) => actor)).toEqual(['ann', 'shop']);
    });

    it('lists by status, type and correlation ID, the newest first', async () => {
      const workflows = tracker();
      const workflowType = randomUUID();
      const ids: string[] = [];
      for (const [status, correlationId] of [
        ['running', 'x'],
        ['failed', 'x'],
        ['running', 'y'],
        ['running', 'x'],
      ] as const) {
        ids.push((await workflows.createWorkflow({ workflowType, status, correlationId })).workflowId);
      }

      const lists = await Promise.all([
        workflows.listWorkflows({ workflowType }),
        workflows.listWorkflows({ workflowType, status: 'running' }),
        workflows.listWorkflows({ workflowType, status: 'running', correlationId: 'x' }),
        workflows.listWorkflows({ workflowType, limit: 1 }),
        workflows.listWorkflows({ workflowType, status: "' or true --" }),
        workflows.listWorkflows(),
      ]);

      const places = lists.map((list) => list.map(({ workflowId }) => ids.indexOf(workflowId)));
      expect(places.slice(0, 5)).toEqual([[3, 2, 1, 0], [3, 2, 0], [3, 0], [3], []]);
      expect(places[5]?.slice(0, 4)).toEqual([3, 2, 1, 0]);
    });

    it('answers null for an unknown ID, and refuses to move it or to tell its history', async () => {
      const workflows = tracker();
      const unknown = randomUUID();

      expect(await workflows.getWorkflow(unknown)).toBeNull();
      await expect(workflows.transition(unknown, 'paid', 'running')).rejects.toMatchObject({
        code: 'WORKFLOW_NOT_FOUND',
      });
      await expect(workflows.history(unknown)).rejects.toMatchObject({ code: 'WORKFLOW_NOT_FOUND' });
    });

    it('answers an empty history for a row that was written by hand', async () => {
      const workflowId = randomUUID();
      await store().query(
        `insert into observability.workflow_state (workflow_id, workflow_type, current_phase, status)
         values ($1::uuid, 'by hand', 'p', 's')`,
        [workflowId],
      );

      const history = await tracker().history(workflowId);
      const moved = await tracker().transition(workflowId, 'q', 's');

      expect(history).toEqual([]);
      expect(moved).toMatchObject({ version: 2, currentPhase: 'q', correlationId: null });
    });
  });
}
