import { randomUUID } from 'node:crypto';
import { defineWorkflow } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import type { WorkflowContext } from './workflow-contract-context.ts';

/** What is told of many workflows at once. Tests with times of their own making are where the store is a database. */
export function describeWorkflowReports({ tracker }: WorkflowContext): void {
  describe('reports', () => {
    it('count who reached each phase, and sum the stays up', async () => {
      const workflowType = randomUUID();
      for (const path of [['paid', 'shipped'], ['paid'], ['cancelled'], []]) {
        const { workflowId } = await tracker().createWorkflow({ workflowType });
        for (const phase of path) {
          await tracker().transition(workflowId, phase, 'running');
        }
      }

      const funnel = await tracker().funnel({ workflowType });
      const durations = await tracker().phaseDurations({ workflowType });

      expect(funnel).toEqual([
        { phase: 'created', workflows: 4, share: 1 },
        { phase: 'paid', workflows: 2, share: 0.5 },
        { phase: 'cancelled', workflows: 1, share: 0.25 },
        { phase: 'shipped', workflows: 1, share: 0.25 },
      ]);
      expect(durations.map(({ phase, stays }) => [phase, stays])).toEqual([
        ['created', 3],
        ['paid', 1],
      ]);
      expect(
        durations.every(({ p50Ms, p95Ms, maxMs }) => 0 <= p50Ms && p50Ms <= p95Ms && p95Ms <= maxMs),
      ).toBe(true);
      const past = { startTime: new Date(0), endTime: new Date(1) };
      expect([
        await tracker().funnel({ workflowType, ...past }),
        await tracker().phaseDurations({ workflowType, ...past }),
        await tracker().phaseDurations({ workflowType, phase: 'paid' }),
      ]).toEqual([[], [], [durations[1]]]);
    });

    it('name what is past its deadline, until it moves on', async () => {
      const hasty = defineWorkflow({
        type: randomUUID(),
        phases: {
          hasty: { to: ['calm'], deadlineMs: 1 },
          calm: { to: ['done'], deadlineMs: 3_600_000, expectedMs: 3_600_000 },
          done: { status: 'completed' },
        },
      });
      const calls = tracker().of(hasty);
      const { workflowId } = await calls.create();
      await expect.poll(async () => (await calls.stuck()).length, { timeout: 10_000 }).toBe(1);

      const [found] = await calls.stuck();
      await calls.transition(workflowId, 'calm');

      expect(found).toMatchObject({ workflowId, workflowType: hasty.type, phase: 'hasty', rule: 'deadline' });
      expect(found?.reason).toMatch(/^\d.* past its deadline, now \d.* in "hasty"$/);
      expect(await calls.stuck()).toEqual([]);
    });
  });
}
