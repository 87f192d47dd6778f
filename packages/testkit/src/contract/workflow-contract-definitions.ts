import { randomUUID } from 'node:crypto';
import { defineWorkflow } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import { rejection, rejectionCode } from './error-code.ts';
import type { WorkflowContext } from './workflow-contract-context.ts';

const MINUTE_MS = 60_000;

const order = defineWorkflow({
  type: 'defined order',
  deadlineMs: 90 * MINUTE_MS,
  phases: {
    created: { to: ['paid', 'cancelled'], deadlineMs: 30 * MINUTE_MS },
    paid: { to: ['paid', 'picking', 'cancelled'] },
    picking: { to: ['shipped', 'cancelled'], status: 'waiting', deadlineMs: 600 * MINUTE_MS },
    shipped: { status: 'completed' },
    cancelled: { status: 'cancelled' },
  },
});

/** What a definition allows and refuses, by type and at run time. */
export function describeWorkflowDefinitions({ tracker, store }: WorkflowContext): void {
  const orders = () => tracker().of(order);
  const minutesAfter = (from: Date, to: Date | null): number =>
    Math.round(((to?.getTime() ?? NaN) - from.getTime()) / MINUTE_MS);

  describe('definitions', () => {
    it('go through their phases with the statuses and deadlines they give', async () => {
      const created = await orders().create({ metadata: { a: 1 } });
      const { workflowId } = created;
      const paid = await orders().transition(workflowId, 'paid', { b: 2 });
      const picking = await orders().transition(workflowId, 'picking');
      const shipped = await orders().transition(workflowId, 'shipped');

      const states = [created, paid, picking, shipped];
      expect(states.map(({ currentPhase, status }) => [currentPhase, status])).toEqual([
        ['created', 'running'],
        ['paid', 'running'],
        ['picking', 'waiting'],
        ['shipped', 'completed'],
      ]);
      expect(shipped.metadata).toEqual({ a: 1, b: 2 });
      // Of the phase; of the whole; of the whole, because it is sooner than the phase's; none.
      expect(states.map(({ createdAt, deadlineAt }) => minutesAfter(createdAt, deadlineAt))).toEqual([
        30,
        90,
        90,
        NaN,
      ]);
    });

    it('keep the deadline of a stay when a phase is moved to from itself', async () => {
      const phases = {
        working: { to: ['working', 'done'], deadlineMs: 1_000 },
        done: { status: 'completed' },
      } as const;
      const work = defineWorkflow({ type: randomUUID(), phases });
      const created = await tracker().of(work).create();

      const again = await tracker().of(work).transition(created.workflowId, 'working', { progress: 0.5 });

      expect([again.version, again.phaseEnteredAt, again.deadlineAt]).toEqual([
        2,
        created.phaseEnteredAt,
        created.deadlineAt,
      ]);
      const [, move] = await tracker().history(created.workflowId);
      expect(move?.stayMs).toBeNull();
    });

    it.each([
      ['created', [], 'shipped', `'paid', 'cancelled'`],
      ['created', [], 'created', `'paid', 'cancelled'`],
      ['paid', ['paid'], 'created', `'paid', 'picking', 'cancelled'`],
      ['shipped', ['paid', 'picking', 'shipped'], 'paid', 'its definition ends it there'],
    ] as const)(
      'refuse from %s after %j the phase %s and name what is allowed',
      async (_from, steps, to, said) => {
        const { workflowId } = await orders().create();
        for (const step of steps) {
          await orders().transition(workflowId, step);
        }

        const error = await rejection(orders().transition(workflowId, to));

        expect(error?.code).toBe('WORKFLOW_TRANSITION_INVALID');
        expect(error?.message).toContain(said.replaceAll(`'`, said.startsWith(`'`) ? '"' : `'`));
        expect(await tracker().history(workflowId)).toHaveLength(steps.length + 1);
      },
    );

    it('check the calls without types where the tracker knows them, and leave other types alone', async () => {
      const workflows = tracker({ workflows: [order] });
      const { workflowId, currentPhase } = await workflows.createWorkflow({ workflowType: order.type });
      const free = await workflows.createWorkflow({ workflowType: 'free', phase: 'anything' });

      const codes = [
        await rejectionCode(workflows.transition(workflowId, 'shipped', 'completed')),
        await rejectionCode(workflows.transition(workflowId, 'nowhere', 'running')),
        await rejectionCode(workflows.transition(workflowId, '__proto__', 'running')),
        // A phase that ends a workflow ends it with its status, and another does not end it.
        await rejectionCode(workflows.transition(workflowId, 'cancelled', 'running')),
        await rejectionCode(workflows.transition(workflowId, 'paid', 'failed')),
        await rejectionCode(workflows.createWorkflow({ workflowType: order.type, phase: 'paid' })),
        await rejectionCode(workflows.createWorkflow({ workflowType: order.type, status: 'completed' })),
      ];
      const moved = await workflows.transition(workflowId, 'paid', 'on hold');
      const freed = await workflows.transition(free.workflowId, 'whatever', 'failed');

      expect(codes).toEqual(codes.map(() => 'WORKFLOW_TRANSITION_INVALID'));
      expect([currentPhase, moved.currentPhase, moved.status]).toEqual(['created', 'paid', 'on hold']);
      expect([freed.status, freed.deadlineAt]).toEqual(['failed', null]);
    });

    it('refuse workflows of other types in the calls with types', async () => {
      const { workflowId } = await tracker().createWorkflow({ workflowType: 'invoice' });

      const code = await rejectionCode(orders().transition(workflowId, 'paid'));

      expect(code).toBe('WORKFLOW_TRANSITION_INVALID');
      expect(await orders().get(workflowId)).toBeNull();
    });

    it('find the workflows of the type', async () => {
      const phases = { open: { to: ['closed'] }, closed: { status: 'completed' } } as const;
      const ticket = defineWorkflow({ type: randomUUID(), phases });
      const tickets = tracker().of(ticket);
      const { workflowId } = await tickets.create();
      await tracker().createWorkflow({ workflowType: 'another' });

      const found = [await tickets.get(workflowId), ...(await tickets.list({ status: 'running' }))];

      expect(found.map((each) => each?.workflowId)).toEqual([workflowId, workflowId]);
    });

    it('let one of many moves at once through that exclude each other', async () => {
      const { workflowId } = await orders().create();
      const targets = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? 'picking' : 'cancelled'));
      await orders().transition(workflowId, 'paid');

      const codes = await Promise.all(
        targets.map((phase) => rejectionCode(orders().transition(workflowId, phase))),
      );

      // Picking may still be cancelled, and nothing else may follow anything.
      const history = await tracker().history(workflowId);
      const path = history.map(({ toPhase }) => toPhase).join(' ');
      expect(['created paid cancelled', 'created paid picking cancelled']).toContain(path);
      expect(codes.filter((code) => code === 'WORKFLOW_TRANSITION_INVALID')).toHaveLength(
        12 - (history.length - 2),
      );
    });

    it('answer repeats at once with the state, though the step is not allowed a second time', async () => {
      const { workflowId } = await orders().create();
      const pay = () => orders().transition(workflowId, 'paid', {}, { idempotencyKey: 'pay' });
      const pick = () => orders().transition(workflowId, 'picking', {}, { idempotencyKey: 'pick' });

      const paid = await Promise.all(Array.from({ length: 10 }, pay));
      const picked = await Promise.all(Array.from({ length: 10 }, pick));
      const late = await pay();

      expect(paid.map(({ version }) => version)).toEqual(paid.map(() => 2));
      expect(picked.map(({ version }) => version)).toEqual(picked.map(() => 3));
      expect(late).toMatchObject({ version: 3, currentPhase: 'picking' });
    });

    it('hold within a transaction of the caller, which stays usable after a refusal', async () => {
      const { workflowId } = await orders().create();

      const codes = await store().transaction(async (sql) => {
        const inside = [tracker().within(sql).of(order), orders().within(sql)] as const;
        const refused = await rejectionCode(inside[0].transition(workflowId, 'shipped'));
        await inside[1].transition(workflowId, 'paid');
        return [refused, await rejectionCode(inside[0].transition(workflowId, 'shipped'))];
      });

      expect(codes).toEqual(['WORKFLOW_TRANSITION_INVALID', 'WORKFLOW_TRANSITION_INVALID']);
      expect(await orders().get(workflowId)).toMatchObject({ currentPhase: 'paid', version: 2 });
    });

    it('let a workflow nowhere that stands where its definition has no phase', async () => {
      const { workflowId } = await tracker().createWorkflow({ workflowType: order.type, phase: 'long ago' });

      const error = await rejection(orders().transition(workflowId, 'paid'));

      expect(error?.message).toMatch(/^\[WORKFLOW_TRANSITION_INVALID\] .*"long ago".*definition/);
    });

    it('are moved with sensible arguments', async () => {
      const codes = await Promise.all(
        [null, 'x', [], 5].flatMap((value) => [
          rejectionCode(orders().create(value as never)),
          rejectionCode(orders().list(value as never)),
          rejectionCode(orders().funnel(value as never)),
          rejectionCode(orders().phaseDurations(value as never)),
          rejectionCode(orders().stuck(value as never)),
          rejectionCode(orders().transition(randomUUID(), 'paid', {}, value as never)),
        ]),
      );
      const others = [
        await rejectionCode(orders().create({ phase: 'paid' } as never)),
        await rejectionCode(orders().transition(randomUUID(), 5 as never)),
        await rejectionCode(orders().transition(randomUUID(), 'paid', {}, { status: '' })),
        await rejectionCode(orders().transition(randomUUID(), 'paid', [] as never)),
        await rejectionCode(orders().get(5 as never)),
      ];

      expect(new Set(codes)).toEqual(new Set(['INVALID_ARGUMENT']));
      expect(others).toEqual([
        'WORKFLOW_TRANSITION_INVALID',
        'WORKFLOW_PHASE_INVALID',
        'WORKFLOW_STATUS_INVALID',
        'WORKFLOW_METADATA_INVALID',
        'WORKFLOW_ID_INVALID',
      ]);
    });

    it('are refused where they are none, or another one of a type the tracker has', async () => {
      const twin = defineWorkflow({ type: order.type, phases: { only: { status: 'completed' } } });
      const notDefinitions: unknown[] = [undefined, null, 'order', {}, { ...order }, []];
      const code = (make: () => unknown): string | undefined => {
        try {
          make();
          return 'accepted';
        } catch (error) {
          return (error as { code?: string }).code;
        }
      };

      expect(notDefinitions.map((value) => code(() => tracker().of(value as typeof order)))).toEqual(
        notDefinitions.map(() => 'INVALID_ARGUMENT'),
      );
      expect(
        [...notDefinitions.slice(1, 5).map((value) => [value]), null, 'order', order].map((workflows) =>
          code(() => tracker({ workflows: workflows as (typeof order)[] })),
        ),
      ).toEqual(Array.from({ length: 7 }, () => 'INVALID_OPTION'));
      expect([
        code(() => tracker({ workflows: [order, twin] })),
        code(() => tracker({ workflows: [order] }).of(twin)),
        code(() => tracker({ workflows: [order] }).of(order)),
      ]).toEqual(['WORKFLOW_DEFINITION_INVALID', 'WORKFLOW_DEFINITION_INVALID', 'accepted']);
    });
  });
}
