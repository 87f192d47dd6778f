import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createPathFilter } from '../../src/http/path-filter.ts';

const request = { url: '/x' } as IncomingMessage;

describe('createPathFilter', () => {
  it.each([
    [['/health'], '/health', true],
    [['/health'], '/health/deep', false],
    [['/health*'], '/health/deep', true],
    [['*'], '/anything', true],
    [[/^\/a/y], '/abc', true],
    [['/a', /b$/], '/xb', true],
    [[], '/health', false],
    [undefined, '/health', false],
  ])('with %j finds %s excluded: %s', (exclude, path, expected) => {
    const isExcluded = createPathFilter(exclude);

    // Twice, because a regular expression may remember where it stopped.
    expect([isExcluded(request, path), isExcluded(request, path)]).toEqual([expected, expected]);
  });

  it('takes a function that throws or answers something else for a no', () => {
    const throwing = createPathFilter(() => {
      throw new Error('no idea');
    });
    const vague = createPathFilter((() => 'yes') as never);

    expect([throwing(request, '/x'), vague(request, '/x')]).toEqual([false, false]);
  });

  it.each([['/health'], [5], [[5]], [{}], [null]])('refuses %j', (exclude) => {
    expect(() => createPathFilter(exclude as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });
});
