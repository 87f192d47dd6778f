import { randomUUID } from 'node:crypto';
import { WorkflowStateTracker } from '@pg-observability/core';
import type {
  CreateWorkflowInput,
  Metadata,
  SqlStore,
  WorkflowFilter,
  WorkflowOptions,
} from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import { rejection, rejectionCode } from './error-code.ts';
import { createNotNames, NOT_METADATA } from './hostile-values.ts';
import type { WorkflowContext } from './workflow-contract-context.ts';

const NOT_IDS: Readonly<Record<string, unknown>> = {
  ...createNotNames(64),
  'not a UUID': 'order-42',
  'a UUID in braces': `{${randomUUID()}}`,
  'a UUID and more': `${randomUUID()}\n`,
  SQL: "' or true --",
};

/** Each bad argument has its code, and nothing is stored. */
export function describeWorkflowBadInput({ tracker, store }: WorkflowContext): void {
  const create = (input: object): Promise<unknown> =>
    tracker().createWorkflow({ workflowType: 'bad input', ...input });
  const transition = async (
    phase: unknown,
    status: unknown,
    metadata?: unknown,
    options?: unknown,
  ): Promise<unknown> =>
    tracker().transition(
      randomUUID(),
      phase as string,
      status as string,
      metadata as Metadata,
      options as object,
    );

  describe('bad input', () => {
    it.each(Object.entries(NOT_IDS))('refuses an ID that is %s', async (_what, id) => {
      const workflows = tracker();
      const workflowId = id as string;

      const codes = await Promise.all([
        rejectionCode(create({ workflowId })),
        rejectionCode(create({ parentWorkflowId: workflowId })),
        rejectionCode(workflows.transition(workflowId, 'paid', 'running')),
        rejectionCode(workflows.getWorkflow(workflowId)),
        rejectionCode(workflows.history(workflowId)),
      ]);

      expect(codes).toEqual(codes.map(() => 'WORKFLOW_ID_INVALID'));
    });

    it.each(Object.entries(createNotNames(128)))(
      'refuses a phase, status or type that is %s',
      async (_what, name) => {
        const codes = await Promise.all([
          rejectionCode(create({ phase: name })),
          rejectionCode(transition(name, 'running')),
          rejectionCode(create({ status: name })),
          rejectionCode(transition('paid', name)),
          rejectionCode(tracker().listWorkflows({ status: name as string })),
          rejectionCode(create({ workflowType: name })),
          rejectionCode(tracker().listWorkflows({ workflowType: name as string })),
        ]);

        expect(codes).toEqual([
          'WORKFLOW_PHASE_INVALID',
          'WORKFLOW_PHASE_INVALID',
          'WORKFLOW_STATUS_INVALID',
          'WORKFLOW_STATUS_INVALID',
          'WORKFLOW_STATUS_INVALID',
          'INVALID_ARGUMENT',
          'INVALID_ARGUMENT',
        ]);
      },
    );

    it.each(Object.entries(createNotNames(256)))(
      'refuses a key or an actor that is %s',
      async (_what, text) => {
        const codes = await Promise.all([
          rejectionCode(create({ idempotencyKey: text })),
          rejectionCode(transition('paid', 'running', {}, { idempotencyKey: text })),
          rejectionCode(transition('paid', 'running', {}, { actor: text })),
        ]);

        expect(codes).toEqual(codes.map(() => 'INVALID_ARGUMENT'));
      },
    );

    it.each(Object.entries(NOT_METADATA))('refuses metadata that is %s', async (_what, metadata) => {
      const codes = await Promise.all([
        rejectionCode(create({ metadata })),
        rejectionCode(transition('paid', 'running', metadata)),
      ]);

      expect(codes).toEqual(codes.map(() => 'WORKFLOW_METADATA_INVALID'));
    });

    it.each([
      ...[0, -1, 1.5, 10_001, Number.NaN, Infinity, '10', 10n, null].map((limit) => ({ limit })),
      ...['', 'a b', 'x'.repeat(65), 'a\nb', 5, null].map((correlationId) => ({ correlationId })),
    ])('refuses the filter $limit $correlationId', async (filter) => {
      expect(await rejectionCode(tracker().listWorkflows(filter as WorkflowFilter))).toBe('INVALID_ARGUMENT');
    });

    it.each([undefined, null, 'order', [], 5])('refuses %s in place of named arguments', async (value) => {
      const codes = await Promise.all([
        rejectionCode(tracker().createWorkflow(value as unknown as CreateWorkflowInput)),
        rejectionCode(transition('paid', 'running', {}, value ?? null)),
        rejectionCode(tracker().listWorkflows((value ?? null) as WorkflowFilter)),
      ]);

      expect(codes).toEqual(codes.map(() => 'INVALID_ARGUMENT'));
    });

    it.each(['', ' ', 'a b', '<script>', 'x'.repeat(65), 7])(
      'refuses the correlation ID %j',
      async (correlationId) => {
        expect(await rejectionCode(create({ correlationId }))).toBe('INVALID_ARGUMENT');
      },
    );

    it('takes the longest names, quotes and SQL in them, and counts characters, not units', async () => {
      const phase = '😀'.repeat(128);
      const status = "'; drop schema observability cascade; --";

      const state = await tracker().createWorkflow({
        workflowType: '"$1"',
        phase,
        status,
        idempotencyKey: '€'.repeat(256),
      });

      expect(state).toMatchObject({ workflowType: '"$1"', currentPhase: phase, status });
    });

    it('says what came, in one short line without credentials', async () => {
      const error = await rejection(
        tracker().getWorkflow('postgres://app:hunter2@db/shop\r\nSet-Cookie: a=b'),
      );
      const long = await rejection(tracker().transition(randomUUID(), 'x'.repeat(10_000_000), 'running'));

      expect(error?.message).toMatch(/^\[WORKFLOW_ID_INVALID\] workflowId is [^\r\n]+$/);
      expect(error?.message).not.toContain('hunter2');
      expect(long?.message.length).toBeLessThan(300);
    });

    it('has stored nothing of all that', async () => {
      const { rows } = await store().query(
        "select count(*)::int as count from observability.workflow_state where workflow_type = 'bad input'",
      );

      expect(rows).toEqual([{ count: 0 }]);
    });

    it('refuses bad options and stores when it is made, and a bad actor when it is asked', async () => {
      const bad: unknown[] = [
        null,
        'shop',
        { redact: 'all' },
        { serviceName: '' },
        { actor: 5 },
        { actor: ' ' },
      ];

      const codes = bad.map((options) => constructionCode(store(), options));
      const storeCodes = [undefined, null, {}, 'postgres://'].map((value) => constructionCode(value, {}));
      const actorCodes = await Promise.all(
        [
          () => 5,
          () => '',
          () => {
            throw new Error('no request');
          },
        ].map((actor) =>
          rejectionCode(
            tracker({ actor: actor as () => string }).createWorkflow({ workflowType: 'bad input' }),
          ),
        ),
      );

      expect(codes).toEqual(bad.map(() => 'INVALID_OPTION'));
      expect(storeCodes).toEqual(storeCodes.map(() => 'INVALID_ARGUMENT'));
      expect(actorCodes).toEqual(actorCodes.map(() => 'INVALID_OPTION'));
    });
  });
}

function constructionCode(store: unknown, options: unknown): string | undefined {
  try {
    new WorkflowStateTracker(store as SqlStore, options as WorkflowOptions);
    return 'accepted';
  } catch (error) {
    return (error as { code?: string }).code;
  }
}
