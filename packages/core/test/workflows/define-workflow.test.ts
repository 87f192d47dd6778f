import { describe, expect, it } from 'vitest';
import { defineWorkflow, ObservabilityError } from '@pg-observability/core';
import type { WorkflowDefinition, WorkflowDefinitionOptions } from '@pg-observability/core';

const done = { status: 'completed' } as const;

function errorOf(options: unknown): ObservabilityError {
  try {
    defineWorkflow(options as WorkflowDefinitionOptions);
  } catch (error) {
    if (error instanceof ObservabilityError) {
      return error;
    }
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('a definition', () => {
  it('begins in its first phase, runs, has no deadlines, and is frozen', () => {
    const definition = defineWorkflow({ type: 'order', phases: { created: { to: ['done', 'done'] }, done } });

    const noLimits = { deadlineMs: null, expectedMs: null };
    expect(definition).toEqual({
      type: 'order',
      initialPhase: 'created',
      deadlineMs: null,
      phases: {
        created: { to: ['done'], isTerminal: false, status: 'running', ...noLimits },
        done: { to: [], isTerminal: true, status: 'completed', ...noLimits },
      },
    });
    expect(
      [definition, definition.phases, definition.phases.created, definition.phases.created.to].map(
        Object.isFrozen,
      ),
    ).toEqual([true, true, true, true]);
  });

  it('keeps what it was given', () => {
    const definition = defineWorkflow({
      type: 'order',
      initialPhase: 'placed',
      deadlineMs: 5_000,
      phases: {
        done,
        placed: { to: ['placed', 'done'], status: 'waiting', deadlineMs: 1_000, expectedMs: 10 },
      },
    });

    expect(definition).toMatchObject({
      initialPhase: 'placed',
      deadlineMs: 5_000,
      phases: { placed: { to: ['placed', 'done'], status: 'waiting', deadlineMs: 1_000, expectedMs: 10 } },
    });
  });

  it('does not change when what it was made from does', () => {
    const to: ['done', ...'done'[]] = ['done'];
    const phases = { created: { to }, done };
    const definition = defineWorkflow({ type: 'order', phases });

    to.push('done');
    Object.assign(phases, { created: done });

    expect(definition.phases.created.to).toEqual(['done']);
  });

  it('may have names of any kind, also those of every object', () => {
    const phases = {
      constructor: { to: ['__proto__'] },
      ['__proto__']: { to: ['"; drop'] },
      '"; drop': done,
    };
    const definition = defineWorkflow({
      type: 'toString',
      initialPhase: 'constructor',
      phases: phases as unknown as Record<string, typeof done>,
    }) as WorkflowDefinition;

    expect(Object.keys(definition.phases)).toEqual(['constructor', '__proto__', '"; drop']);
    expect(Object.getPrototypeOf(definition.phases)).toBe(Object.prototype);
  });
});

describe('a definition that cannot be right is refused when it is made, and says how to mend it', () => {
  const to = (...names: string[]) => ({ to: names });
  it.each([
    [
      'a phase that is not there',
      { a: to('b', 'dnoe'), b: to('done'), done },
      /phases\["a"\]\.to names "dnoe".*"a", "b", "done"/,
    ],
    [
      'a phase that is never reached',
      { a: to('done'), island: to('done'), done },
      /"island" is never reached from the initial phase "a"/,
    ],
    ['no end', { a: to('b'), b: to('a') }, /No phase ends the workflow/],
    [
      'a phase that leads to no end',
      { a: to('done', 'b'), b: to('c'), c: to('b'), done },
      /From the phase "b" no end.*"done"/,
    ],
    ['a phase that only leads to itself', { a: to('a', 'b'), b: to('b'), c: done }, /"c" is never reached/],
    ['nothing that follows', { a: to() }, /phases\["a"\]\.to is a list of 0 phases/],
    [
      'a terminal phase without a status',
      { a: {} },
      /phases\["a"\] has no "to".*status is undefined.*'completed', 'failed' or 'cancelled'/,
    ],
    ['a terminal phase that goes on', { a: { status: 'running' } }, /status is "running"/],
    [
      'a terminal phase with a deadline',
      { a: to('b'), b: { ...done, deadlineMs: 5 } },
      /phases\["b"\] ends the workflow and has a deadlineMs/,
    ],
    [
      'an open phase that ends it',
      { a: { to: ['done'], status: 'failed' }, done },
      /phases\["a"\]\.status is "failed"/,
    ],
    [
      'a word that is not known',
      { a: { too: ['done'], to: ['done'] }, done },
      /phases\["a"\] has the key "too"; expected to, status, deadlineMs, expectedMs/,
    ],
    ['no phases', {}, /phases has 0 phases/],
    [
      'too many phases',
      Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [n, done])),
      /phases has 1001 phases/,
    ],
    ['a name that is empty', { '': done }, /The name of a phase is empty text/],
    ['a name that is too long', { ['x'.repeat(129)]: done }, /expected text of 1 to 128 characters/],
    ['a name with NUL', { 'a\0': done }, /The name of a phase/],
    ...[null, 'done', 5, [], undefined].map(
      (phase) => [`${String(phase)} in place of a phase`, { a: phase }, /phases\["a"\] is /] as const,
    ),
    ...[null, 'done', 5, {}, new Set(['done'])].map(
      (target) =>
        [
          `${String(target)} in place of a list`,
          { a: { to: target }, done },
          /phases\["a"\]\.to is /,
        ] as const,
    ),
    ...[null, 5, ['done'], Symbol('done')].map(
      (target) =>
        [`${String(target)} in the list`, { a: { to: [target] }, done }, /phases\["a"\]\.to names /] as const,
    ),
    [
      'a hole in the list',
      { a: { to: Array.from({ length: 1 }) }, done },
      /phases\["a"\]\.to names "undefined"/,
    ],
    [
      'a list of ten million',
      { a: { to: Array.from({ length: 10_000_000 }, () => 'done') }, done },
      /a list of 10000000 phases/,
    ],
  ] as const)('%s', (_what, phases, message) => {
    const error = errorOf({ type: 'order', phases });

    expect(error.code).toBe('WORKFLOW_DEFINITION_INVALID');
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(1_500);
  });

  it.each([0, -1, 0.5, 315_360_000_001, NaN, Infinity, '5', 5n, null, {}])('%s milliseconds', (value) => {
    const phases = { a: { to: ['done'] }, done };
    const errors = [
      errorOf({ type: 'order', deadlineMs: value, phases }),
      errorOf({ type: 'order', phases: { ...phases, a: { to: ['done'], deadlineMs: value } } }),
      errorOf({ type: 'order', phases: { ...phases, a: { to: ['done'], expectedMs: value } } }),
    ];

    expect(errors.map(({ message }) => /\] (.+) is /.exec(message)?.[1])).toEqual([
      'deadlineMs',
      'phases["a"].deadlineMs',
      'phases["a"].expectedMs',
    ]);
  });

  it.each([
    undefined,
    null,
    'order',
    [],
    5,
    { phases: { done } },
    { type: '', phases: { done } },
    { type: 'x'.repeat(10_000_000), phases: { done } },
    { type: 5, phases: { done } },
    { type: 'order' },
    { type: 'order', phases: null },
    { type: 'order', phases: [done] },
    { type: 'order', phases: 'done' },
    { type: 'order', phases: { done }, initialPhase: 'toString' },
    { type: 'order', phases: { done }, initialPhase: null },
    { type: 'order', phases: { done }, intialPhase: 'done' },
    Object.defineProperty({ type: 'order' }, 'phases', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    }),
  ])('and so is what is no definition at all: %#', (options) => {
    const error = errorOf(options);

    expect(error.code).toBe('WORKFLOW_DEFINITION_INVALID');
    expect(error.message.length).toBeLessThan(400);
  });
});
