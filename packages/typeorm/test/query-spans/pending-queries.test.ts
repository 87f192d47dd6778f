import { describe, expect, it } from 'vitest';
import { PendingQueries } from '../../src/query-spans/pending-queries.ts';
import type { PendingQuery } from '../../src/query-spans/pending-queries.ts';

function pending(query: string, parameters: unknown, startedAt: number): PendingQuery {
  return { query, parameters, span: undefined, metrics: undefined, attributes: {}, startedAt };
}

describe('the beginning of a statement', () => {
  it('is found by the very array of its parameters, also when the texts are the same', () => {
    const queries = new PendingQueries();
    const [runner, first, second] = [{}, [1], [1]];
    queries.add(runner, pending('select $1', first, 1));
    queries.add(runner, pending('select $1', second, 2));

    const found = [queries.take(runner, 'select $1', second), queries.take(runner, 'select $1', first)];

    expect(found.map((each) => each?.startedAt)).toEqual([2, 1]);
  });

  it('is the oldest one where there are no parameters', () => {
    const queries = new PendingQueries();
    const runner = {};
    queries.add(runner, pending('select 1', undefined, 1));
    queries.add(runner, pending('select 1', undefined, 2));

    const found = [1, 2, 3].map(() => queries.take(runner, 'select 1', undefined)?.startedAt);

    expect(found).toEqual([1, 2, undefined]);
  });

  it('is not found on another query runner', () => {
    const queries = new PendingQueries();
    queries.add({}, pending('select 1', undefined, 1));

    expect(queries.take({}, 'select 1', undefined)).toBeUndefined();
  });

  it('is forgotten behind a hundred later ones', () => {
    const queries = new PendingQueries();
    const runner = {};
    Array.from({ length: 101 }, (_, i) => queries.add(runner, pending(`select ${i}`, undefined, i)));

    expect(queries.take(runner, 'select 0', undefined)).toBeUndefined();
    expect(queries.take(runner, 'select 1', undefined)).toMatchObject({ startedAt: 1 });
  });
});
