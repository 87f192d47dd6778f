import { describe, expect, it } from 'vitest';
import { answerToOutcome, failureToOutcome } from '../../src/health/check-outcome.ts';

describe('answerToOutcome', () => {
  it.each([
    [undefined, { status: 'up' }],
    [null, { status: 'up' }],
    [true, { status: 'up' }],
    [0, { status: 'up' }],
    ['PONG', { status: 'up' }],
    [[], { status: 'up' }],
    [
      { healthy: true, message: 'fine' },
      { status: 'up', message: 'fine' },
    ],
    [new Response(null, { status: 204 }), { status: 'up' }],
    [false, { status: 'down', message: 'the check answered false' }],
    [{ healthy: false }, { status: 'down', message: 'the check answered that it is down' }],
    [
      { healthy: false, message: 'full' },
      { status: 'down', message: 'full' },
    ],
    [
      { status: 'down', message: '' },
      { status: 'down', message: 'the check answered that it is down' },
    ],
    [new Response(null, { status: 503 }), { status: 'down', message: 'the check answered that it is down' }],
    [
      { status: 'degraded', message: 'slow' },
      { status: 'degraded', message: 'slow' },
    ],
    [
      { status: 'degraded', healthy: false },
      { status: 'down', message: 'the check answered that it is down' },
    ],
  ])('reads %o', (answer, outcome) => {
    expect(answerToOutcome(answer)).toEqual(outcome);
  });
});

describe('failureToOutcome', () => {
  const unreadable = new Proxy(new Error('x'), {
    get: () => {
      throw new Error('hands off');
    },
  });

  it.each([
    [new Error('gone'), 'gone'],
    ['text', 'text'],
    [undefined, 'failed without saying why'],
    [new Error(''), 'failed without saying why'],
    [Symbol('s'), 'failed without saying why'],
    [Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [new AggregateError([new Error('connect ECONNREFUSED ::1:5432')], ''), 'connect ECONNREFUSED ::1:5432'],
    [new Error('two\n  lines\0'), 'two lines\ufffd'],
    [unreadable, 'failed with an error that cannot be read'],
  ])('says what went wrong, case %$', (failure, message) => {
    expect(failureToOutcome(failure)).toEqual({ status: 'down', message });
  });

  it('masks credentials and cuts what is long', () => {
    const { message = '' } = failureToOutcome(
      new Error(`postgres://app:hunter2@db/app ${'x'.repeat(10_000_000)}`),
    );

    expect(message).not.toContain('hunter2');
    expect(message).toHaveLength(300);
  });
});
