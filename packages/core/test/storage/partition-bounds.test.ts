import { expect, it } from 'vitest';
import { partitionOf } from '../../src/storage/partition-bounds.ts';

const at = (text: string): number => new Date(text).getTime();

it.each([
  ['the last microsecond of a month', '2026-02-28T23:59:59.999Z', 'metrics_p202602', 'spans_p20260228'],
  ['the first moment of the next', '2026-03-01T00:00:00.000Z', 'metrics_p202603', 'spans_p20260301'],
  ['a leap day', '2028-02-29T12:00:00Z', 'metrics_p202802', 'spans_p20280229'],
  ['the hour that Berlin has twice', '2026-10-25T02:30:00+01:00', 'metrics_p202610', 'spans_p20261025'],
  ['new year in another time zone', '2027-01-01T00:30:00+02:00', 'metrics_p202612', 'spans_p20261231'],
])('puts %s into its UTC partition', (_case, time, metrics, spans) => {
  const names = [partitionOf('metrics', at(time)).name, partitionOf('spans', at(time)).name];

  expect(names).toEqual([metrics, spans]);
});

it('ends a partition where the next one begins', () => {
  const december = partitionOf('metrics', at('2026-12-15T00:00:00Z'));
  const january = partitionOf('metrics', at('2027-01-15T00:00:00Z'));

  expect([december.from, december.to, january.from]).toEqual([
    '2026-12-01T00:00:00.000Z',
    '2027-01-01T00:00:00.000Z',
    '2027-01-01T00:00:00.000Z',
  ]);
});
