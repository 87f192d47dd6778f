import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineWorkflow, ObservabilityError, WorkflowStateTracker } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { makeWorkflows, openDatabase } from './workflow-database.ts';

const MINUTE = 60_000;

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  return error instanceof ObservabilityError ? error.code : undefined;
}

describe.each(['embedded', 15, 18] as const)('reports on %s', (kind) => {
  let store: SqlStore;
  let close: () => Promise<void>;
  let workflows: WorkflowStateTracker;
  beforeAll(async () => {
    ({ store, close } = await openDatabase(kind));
    workflows = new WorkflowStateTracker(store);
  }, 120_000);
  afterAll(() => close());

  it('counts who has ever reached each phase, in the order in which the phases came', async () => {
    const type = randomUUID();
    const step = (phase: string, minutesAgo: number) => ({ phase, minutesAgo });
    await makeWorkflows(store, { type, count: 4, steps: [step('created', 90)] });
    await makeWorkflows(store, { type, count: 3, steps: [step('created', 80), step('paid', 70)] });
    await makeWorkflows(store, {
      type,
      count: 2,
      // Back and forth counts once.
      steps: [
        step('created', 70),
        step('paid', 60),
        step('created', 50),
        step('paid', 40),
        step('shipped', 30),
      ],
    });
    await makeWorkflows(store, { type, steps: [step('created', 200), step('cancelled', 60)] });
    // Before the range, and of another type.
    await makeWorkflows(store, { type, steps: [step('created', 60 * 24 * 31), step('lost', 5)] });
    await makeWorkflows(store, { type: `${type} too`, steps: [step('created', 60)] });

    const funnel = await workflows.funnel({ workflowType: type });

    expect(funnel).toEqual([
      { phase: 'created', workflows: 10, share: 1 },
      { phase: 'paid', workflows: 5, share: 0.5 },
      { phase: 'cancelled', workflows: 1, share: 0.1 },
      { phase: 'shipped', workflows: 2, share: 0.2 },
    ]);
    const narrow = { startTime: new Date(Date.now() - 85 * MINUTE), endTime: Date.now() - 75 * MINUTE };
    expect(await workflows.funnel({ workflowType: type, ...narrow })).toEqual([
      { phase: 'created', workflows: 3, share: 1 },
      { phase: 'paid', workflows: 3, share: 1 },
    ]);
    expect(await workflows.funnel({ workflowType: randomUUID() })).toEqual([]);
  });

  it('has the phases of a definition in its order, also those that nobody has reached', async () => {
    const order = defineWorkflow({
      type: randomUUID(),
      phases: {
        created: { to: ['paid', 'cancelled'] },
        paid: { to: ['shipped'] },
        shipped: { status: 'completed' },
        cancelled: { status: 'cancelled' },
      },
    });
    const step = (phase: string, minutesAgo: number) => ({ phase, minutesAgo });
    await makeWorkflows(store, { type: order.type, steps: [step('created', 30), step('cancelled', 20)] });
    await makeWorkflows(store, { type: order.type, steps: [step('old name', 25), step('paid', 20)] });

    const funnels = [
      await workflows.of(order).funnel(),
      await new WorkflowStateTracker(store, { workflows: [order] }).funnel({ workflowType: order.type }),
    ];

    expect(funnels[0]?.map((each) => [each.phase, each.workflows])).toEqual([
      ['created', 1],
      ['paid', 1],
      ['shipped', 0],
      ['cancelled', 1],
      ['old name', 1],
    ]);
    expect(funnels[1]).toEqual(funnels[0]);
  });

  it('tells the percentiles of stays as percentile_cont has them, those that ended in the range', async () => {
    const type = randomUUID();
    for (let minutes = 1; minutes <= 20; minutes += 1) {
      await makeWorkflows(store, {
        type,
        steps: [
          { phase: 'queued', minutesAgo: 60 + minutes },
          { phase: 'working', minutesAgo: 60 },
          { phase: 'done', minutesAgo: 30, status: 'completed' },
        ],
      });
    }
    // One that goes on, and one that ended before the range.
    await makeWorkflows(store, { type, steps: [{ phase: 'queued', minutesAgo: 5_000 }] });
    await makeWorkflows(store, {
      type,
      steps: [
        { phase: 'queued', minutesAgo: 60 * 24 * 90 },
        { phase: 'working', minutesAgo: 60 * 24 * 40 },
      ],
    });

    const durations = await workflows.phaseDurations({ workflowType: type });

    const rounded = durations.map((each) => ({
      ...each,
      p50Ms: Math.round(each.p50Ms),
      p95Ms: Math.round(each.p95Ms),
      maxMs: Math.round(each.maxMs),
    }));
    expect(rounded).toEqual([
      {
        workflowType: type,
        phase: 'queued',
        stays: 20,
        p50Ms: 10.5 * MINUTE,
        p95Ms: 19.05 * MINUTE,
        maxMs: 20 * MINUTE,
      },
      {
        workflowType: type,
        phase: 'working',
        stays: 20,
        p50Ms: 30 * MINUTE,
        p95Ms: 30 * MINUTE,
        maxMs: 30 * MINUTE,
      },
    ]);
    expect(await workflows.phaseDurations({ workflowType: type, phase: 'working' })).toEqual([durations[1]]);
    expect((await workflows.phaseDurations()).length).toBeGreaterThanOrEqual(2);
  });

  it('tells the stays the tracker records', async () => {
    const workflowType = randomUUID();
    const { workflowId } = await workflows.createWorkflow({ workflowType });
    await workflows.transition(workflowId, 'created', 'waiting');
    await workflows.transition(workflowId, 'paid', 'running');
    await workflows.transition(workflowId, 'paid', 'failed');
    await workflows.transition(workflowId, 'paid', 'running');
    await workflows.transition(workflowId, 'shipped', 'completed');

    const durations = await workflows.phaseDurations({ workflowType });

    expect(durations.map(({ phase, stays }) => [phase, stays])).toEqual([
      ['created', 1],
      ['paid', 2],
    ]);
    const stays = (await workflows.history(workflowId)).map(({ stayMs }) => stayMs !== null);
    expect(stays).toEqual([false, false, true, true, false, true]);
  });

  it('is asked for within a transaction', async () => {
    const workflowType = randomUUID();
    const found = await store.transaction(async (sql) => {
      const inside = workflows.within(sql);
      await inside.createWorkflow({ workflowType });
      return [
        await inside.funnel({ workflowType }),
        await inside.phaseDurations({ workflowType }),
        await inside.stuck({ workflowType }),
      ];
    });

    expect(found).toEqual([[{ phase: 'created', workflows: 1, share: 1 }], [], []]);
  });

  it('refuses what cannot be asked', async () => {
    const notObjects = [null, 'order', [], 5];
    const notTypes = ['', 'a\0', 'x'.repeat(129), 5, null];
    const notTimes = ['yesterday', new Date(NaN), NaN, Infinity, 8.64e15 + 1, null, 5n, {}];
    const codes = await Promise.all([
      ...[undefined, ...notObjects].map((query) => codeOf(workflows.funnel(query as never))),
      ...notObjects.map((query) => codeOf(workflows.phaseDurations(query as never))),
      ...notObjects.map((query) => codeOf(workflows.stuck(query as never))),
      ...notTypes.map((workflowType) => codeOf(workflows.funnel({ workflowType } as never))),
      ...notTypes.map((workflowType) => codeOf(workflows.phaseDurations({ workflowType } as never))),
      ...notTypes.map((workflowType) => codeOf(workflows.stuck({ workflowType } as never))),
      ...notTimes.flatMap((time) => [
        codeOf(workflows.funnel({ workflowType: 'x', startTime: time } as never)),
        codeOf(workflows.phaseDurations({ endTime: time } as never)),
      ]),
      codeOf(workflows.funnel({ workflowType: 'x', startTime: 5, endTime: 4 })),
      ...[0, 10_001, 1.5, '1', null].map((limit) => codeOf(workflows.stuck({ limit } as never))),
    ]);

    expect(new Set(codes)).toEqual(new Set(['INVALID_ARGUMENT']));
    expect(await codeOf(workflows.phaseDurations({ phase: '' }))).toBe('WORKFLOW_PHASE_INVALID');
    // The year 0 and 275760 are times.
    const widest = { startTime: -8.64e15, endTime: new Date(8.64e15) };
    expect(await workflows.funnel({ workflowType: randomUUID(), ...widest })).toEqual([]);
  });
});
