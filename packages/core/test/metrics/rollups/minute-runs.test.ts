import { expect, it } from 'vitest';
import { firstRuns } from '../../../src/metrics/rollups/minute-runs.ts';

it('joins minutes within 20 minutes, in their order and once each', () => {
  expect(firstRuns([5, 3, 3, 22, 23, 200, 4], 10)).toEqual([[3, 4, 5, 22], [23], [200]]);
});

it('leaves what is past so many runs', () => {
  expect(firstRuns([0, 100, 200, 201, 300], 3)).toEqual([[0], [100], [200, 201]]);
});

it('has none for no minutes', () => {
  expect(firstRuns([], 3)).toEqual([]);
});
