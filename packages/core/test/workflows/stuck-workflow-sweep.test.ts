import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AlertManager,
  createObservability,
  MetricsCollector,
  StuckWorkflowSweep,
  WorkflowStateTracker,
} from '@pg-observability/core';
import type { SqlStore, StuckWorkflowSweepOptions } from '@pg-observability/core';
import { createQuietLogger } from '@pg-observability/testkit';
import { makeWorkflows, openDatabase } from './workflow-database.ts';

const HISTORY = {
  count: 20,
  steps: [
    { phase: 'created', minutesAgo: 104 },
    { phase: 'paid', minutesAgo: 100 },
    { phase: 'shipped', minutesAgo: 90, status: 'completed' },
  ],
};

describe.each(['embedded', 18] as const)('stuck workflows on %s', (kind) => {
  let store: SqlStore;
  let close: () => Promise<void>;
  let metrics: MetricsCollector;
  let alerts: AlertManager;
  beforeAll(async () => {
    ({ store, close } = await openDatabase(kind));
  }, 120_000);
  afterAll(() => close());
  beforeEach(async () => {
    await store.script(
      'truncate observability.workflow_state; truncate observability.workflow_transitions; truncate observability.alerts; truncate observability.metrics',
    );
    metrics = new MetricsCollector(store, { serviceName: 'test' });
    alerts = new AlertManager(store, { serviceName: 'test' });
  });

  afterEach(() => metrics.shutdown());

  const stuck = () => new WorkflowStateTracker(store).stuck();
  const createSweep = (options: Partial<StuckWorkflowSweepOptions> = {}): StuckWorkflowSweep =>
    new StuckWorkflowSweep(store, { metrics, alerts, ...options });
  const gauges = async (): Promise<unknown[]> => {
    await metrics.flush();
    const points = await metrics.query('workflow.stuck');
    return points.map(({ labels, value }) => [labels['type'], labels['phase'], value]);
  };

  it('are told with the reason in words: past the deadline, or longer than is usual', async () => {
    await makeWorkflows(store, { type: 'order', ...HISTORY });
    const [late] = await makeWorkflows(store, {
      type: 'import',
      steps: [{ phase: 'reading', minutesAgo: 51 }],
      deadlineMinutesAgo: 21,
    });
    const [unusual] = await makeWorkflows(store, {
      type: 'order',
      steps: [{ phase: 'created', minutesAgo: 50 }],
    });
    const [expected] = await makeWorkflows(store, {
      type: 'mail',
      steps: [{ phase: 'sending', minutesAgo: 40 }],
      unusualMinutesAgo: 20,
    });
    // Within what is usual; unusual by a definition, but not by history; of a type nobody knows; finished.
    await makeWorkflows(store, { type: 'order', steps: [{ phase: 'created', minutesAgo: 15 }] });
    await makeWorkflows(store, {
      type: 'order',
      steps: [{ phase: 'paid', minutesAgo: 39 }],
      unusualMinutesAgo: 5,
    });
    await makeWorkflows(store, { type: 'unknown', steps: [{ phase: 'created', minutesAgo: 9_999 }] });
    await makeWorkflows(store, {
      type: 'order',
      steps: [{ phase: 'created', minutesAgo: 9_999, status: 'failed' }],
      deadlineMinutesAgo: 5,
    });

    const found = await stuck();

    expect(found.map(({ workflowId, rule, reason }) => [workflowId, rule, reason])).toEqual([
      [late, 'deadline', '21 min past its deadline, now 51 min in "reading"'],
      [unusual, 'unusual', 'usually 4 min, now 50 min in "created"'],
      [expected, 'unusual', 'by its definition hardly ever over 20 min, now 40 min in "sending"'],
    ]);
    expect(found[0]).toMatchObject({
      workflowType: 'import',
      phase: 'reading',
      status: 'running',
      version: 1,
    });
    expect(found[0]?.inPhaseMs).toBeGreaterThanOrEqual(51 * 60_000);
    const tracker = new WorkflowStateTracker(store);
    expect((await tracker.stuck({ workflowType: 'mail' })).map((each) => each.workflowId)).toEqual([
      expected,
    ]);
    expect((await tracker.stuck({ limit: 1 })).map((each) => each.workflowId)).toEqual([late]);
  });

  it('are not called unusual by nineteen stays, nor by stays of 31 days ago', async () => {
    await makeWorkflows(store, { type: 'few', ...HISTORY, count: 19 });
    await makeWorkflows(store, {
      type: 'old',
      count: 50,
      steps: [
        { phase: 'created', minutesAgo: 60 * 24 * 31 + 4 },
        { phase: 'done', minutesAgo: 60 * 24 * 31, status: 'completed' },
      ],
    });
    for (const type of ['few', 'old']) {
      await makeWorkflows(store, { type, steps: [{ phase: 'created', minutesAgo: 5_000 }] });
    }

    expect(await stuck()).toEqual([]);
  });

  it('are counted by type and phase, and as none once there are none', async () => {
    const make = (type: string, count: number): Promise<string[]> =>
      makeWorkflows(store, { type, count, steps: [{ phase: 'p', minutesAgo: 9 }], deadlineMinutesAgo: 5 });
    const ids = await make('a', 3);
    await make('b', 1);
    const sweep = createSweep();

    await sweep.run();
    const before = await gauges();
    await new WorkflowStateTracker(store).transitionAll(
      ids.map((workflowId) => ({ workflowId, phase: 'q' })),
    );
    await sweep.run();
    await sweep.run();

    expect(before).toEqual(
      expect.arrayContaining([
        ['a', 'p', 3],
        ['b', 'p', 1],
      ]),
    );
    expect((await gauges()).slice(before.length)).toEqual(
      expect.arrayContaining([
        ['a', 'p', 0],
        ['b', 'p', 1],
      ]),
    );
  });

  it('raise one alert each, however often they are seen, which the next sweep resolves once they have moved on', async () => {
    const [first = '', second = ''] = await makeWorkflows(store, {
      type: 'order',
      count: 2,
      steps: [{ phase: 'picking', minutesAgo: 51 }],
      deadlineMinutesAgo: 21,
    });
    const sweep = createSweep({ severity: 'error' });
    const tracker = new WorkflowStateTracker(store);

    const reports = [await sweep.run(), await sweep.run(), await createSweep().run()];
    const open = await alerts.list({ alertType: 'workflow_stuck', state: 'firing' });
    await tracker.transition(first, 'shipped', 'completed');
    reports.push(await sweep.run());

    expect(reports.map(({ stuck: count, raised, resolved }) => [count, raised, resolved])).toEqual([
      [2, 2, 0],
      [2, 0, 0],
      [2, 0, 0],
      [1, 0, 1],
    ]);
    expect(open).toHaveLength(2);
    const alert = open.find(({ fingerprint }) => fingerprint === `workflow_stuck:${first}:picking`);
    expect(alert).toMatchObject({
      severity: 'error',
      count: 1,
      title: 'Workflow "order" is stuck in "picking"',
      message: `21 min past its deadline, now 51 min in "picking". It is the workflow ${first}.`,
      metadata: { workflowId: first, workflowType: 'order', phase: 'picking', rule: 'deadline' },
    });
    expect(await alerts.list({ state: 'resolved' })).toMatchObject([
      { id: alert?.id, resolvedBy: 'test', resolvedNote: 'The workflow has moved on.' },
    ]);
    expect((await alerts.list({ state: 'firing' })).map(({ metadata }) => metadata['workflowId'])).toEqual([
      second,
    ]);
  });

  it('are another matter when they come back into the phase', async () => {
    const [workflowId = ''] = await makeWorkflows(store, {
      type: 'order',
      steps: [{ phase: 'a phase: with colons', minutesAgo: 51 }],
      deadlineMinutesAgo: 21,
    });
    const sweep = createSweep();
    await sweep.run();
    const tracker = new WorkflowStateTracker(store);
    await tracker.transition(workflowId, 'elsewhere', 'running');
    await tracker.transition(workflowId, 'a phase: with colons', 'running');

    const report = await sweep.run();

    expect(report).toEqual({ stuck: 0, raised: 0, resolved: 1, unfinished: false });
  });

  it('leave alerts alone that somebody else has raised, and resolve those of workflows that are gone', async () => {
    const raise = (fingerprint: string, alertType = 'workflow_stuck') =>
      alerts.raise({ alertType, severity: 'error', title: 'stuck', fingerprint });
    await raise('of my own');
    await raise('workflow_stuck:not a workflow');
    await raise('workflow_stuck:00000000-0000-4000-8000-000000000000:p', 'of another type');
    await raise('workflow_stuck:00000000-0000-4000-8000-000000000000:q');

    const { resolved } = await createSweep().run();

    const open = await alerts.list({ state: 'firing' });
    // What looks like ours and names no workflow is about one that is gone.
    expect(resolved).toBe(2);
    expect(open.map(({ fingerprint }) => fingerprint)).toEqual([
      'workflow_stuck:00000000-0000-4000-8000-000000000000:p',
      'of my own',
    ]);
  });

  it('raise a hundred alerts in one sweep at most, and the others in the next', async () => {
    await makeWorkflows(store, {
      type: 'order',
      count: 130,
      steps: [{ phase: 'p', minutesAgo: 9 }],
      deadlineMinutesAgo: 5,
    });
    const sweep = createSweep();

    const reports = [await sweep.run(), await sweep.run(), await sweep.run()];

    expect(reports.map(({ stuck: count, raised, unfinished }) => [count, raised, unfinished])).toEqual([
      [130, 100, true],
      [130, 30, false],
      [130, 0, false],
    ]);
  });

  it('are not touched by a sweep that may not go on', async () => {
    await makeWorkflows(store, {
      type: 'order',
      count: 3,
      steps: [{ phase: 'p', minutesAgo: 9 }],
      deadlineMinutesAgo: 5,
    });
    let asked = 0;

    const reports = [
      await createSweep().run(() => false),
      await createSweep().run(() => {
        asked += 1;
        return asked <= 2;
      }),
    ];

    expect(reports).toEqual([
      { stuck: 3, raised: 0, resolved: 0, unfinished: true },
      { stuck: 3, raised: 1, resolved: 0, unfinished: true },
    ]);
  });

  it('are looked for with sensible options', async () => {
    const code = (make: () => unknown): string | undefined => {
      try {
        make();
        return 'accepted';
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    const bad: unknown[] = [
      null,
      'x',
      {},
      { metrics, alerts: {} },
      { metrics: {}, alerts },
      { metrics, alerts, severity: 'bad' },
      { metrics, alerts, severity: null },
    ];
    const badInstances: unknown[] = [
      null,
      'x',
      [],
      { severity: 'x' },
      { intervalMs: 999 },
      { intervalMs: '5000' },
      { intervalMs: 2 ** 31 },
    ];
    const create = (stuckWorkflows: unknown) => () =>
      createObservability({
        serviceName: 'x',
        store,
        logger: createQuietLogger(),
        stuckWorkflows: stuckWorkflows as false,
      });

    expect(bad.map((options) => code(() => new StuckWorkflowSweep(store, options as never)))).toEqual(
      bad.map(() => 'INVALID_OPTION'),
    );
    expect(code(() => new StuckWorkflowSweep({} as SqlStore, { metrics, alerts }))).toBe('INVALID_ARGUMENT');
    expect(badInstances.map((options) => code(create(options)))).toEqual(
      badInstances.map(() => 'INVALID_OPTION'),
    );
    await expect(createSweep().run('x' as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
