import { expect, it } from 'vitest';
import { planBudget, planRetention } from '../../src/housekeeping/plan-drops.ts';
import { resolveRetention } from '../../src/housekeeping/retention.ts';
import { rowToPartition } from '../../src/housekeeping/stored-partition.ts';
import type { StoredPartition } from '../../src/housekeeping/stored-partition.ts';
import { timesAhead } from '../../src/housekeeping/housekeeping-steps.ts';
import { partitionOf } from '../../src/storage/partition-bounds.ts';

const retention = resolveRetention(undefined);
const at = (time: string): number => Date.parse(time);

function partition(name: string, values: Partial<StoredPartition> = {}): StoredPartition {
  const found = rowToPartition({
    name,
    is_attached: false,
    is_detaching: false,
    to_be_dropped: false,
    to_ms: null,
    bytes: 100,
  });
  if (found === undefined) {
    throw new Error(`${name} is no partition`);
  }
  return { ...found, state: 'attached', ...values };
}

it.each([
  ['a day before all of it is past', '2026-03-15T23:59:59.999Z', ['spans_p20260228']],
  ['when the last moment of it is past', '2026-03-16T00:00:00.000Z', ['spans_p20260228', 'spans_p20260301']],
])('drops a day of spans %s', (_case, now, expected) => {
  const partitions = [
    partition('spans_p20260301'),
    partition('spans_p20260228'),
    partition('metrics_p202501'),
  ];

  const drops = planRetention(partitions, 'spans', retention, at(now));

  expect(drops.map(({ name }) => name)).toEqual(expected);
});

it.each([
  ['in a year without a leap day', '2027-03-31T23:59:59Z', [], '2027-04-01T00:00:00Z', ['metrics_p202702']],
  ['in a leap year', '2028-03-31T23:59:59Z', [], '2028-04-01T00:00:00Z', ['metrics_p202802']],
])('keeps February for 31 days after it has ended %s', (_case, before, none, after, dropped) => {
  const partitions = [partition('metrics_p202702'), partition('metrics_p202802')].filter(({ name }) =>
    name.startsWith(`metrics_p${before.slice(0, 4)}`),
  );

  const plans = [before, after].map((now) => planRetention(partitions, 'metrics', retention, at(now)));

  expect(plans.map((drops) => drops.map(({ name }) => name))).toEqual([none, dropped]);
});

it('finishes a detach first, because it stands in the way of the others', () => {
  const partitions = [
    partition('spans_p20260101'),
    partition('spans_p20260105', { state: 'detaching', toBeDropped: true }),
    partition('spans_p20260102'),
  ];

  const drops = planRetention(partitions, 'spans', retention, at('2026-03-01T00:00:00Z'));

  expect(drops.map(({ name }) => name)).toEqual(['spans_p20260105', 'spans_p20260101', 'spans_p20260102']);
});

it('drops the oldest of both tables until the rest fits, and never the current day or month', () => {
  const partitions = [
    partition('metrics_p202603'),
    partition('spans_p20260315'),
    partition('spans_p20260314'),
    partition('spans_p20260227'),
    partition('metrics_p202602'),
    partition('spans_p20260316'),
  ];
  const now = at('2026-03-15T12:00:00Z');

  const plans = [600, 500, 401, 400, 0].map((maxBytes) => planBudget(partitions, 600, maxBytes, now));

  expect(plans.map(({ drops, bytesOver }) => [drops.map(({ name }) => name), bytesOver])).toEqual([
    [[], 0],
    [['spans_p20260227'], 0],
    [['spans_p20260227', 'metrics_p202602'], 0],
    [['spans_p20260227', 'metrics_p202602'], 0],
    [['spans_p20260227', 'metrics_p202602', 'spans_p20260314'], 300],
  ]);
});

it('drops nothing more for what is on its way out', () => {
  const partitions = [
    partition('spans_p20260301', { state: 'detaching', toBeDropped: true }),
    partition('spans_p20260302', { state: 'detached', toBeDropped: true }),
    partition('spans_p20260303'),
  ];

  const plans = [100, 99].map((maxBytes) =>
    planBudget(partitions, 300, maxBytes, at('2026-03-10T00:00:00Z')).drops.map(({ name }) => name),
  );

  expect(plans).toEqual([[], ['spans_p20260303']]);
});

it.each([
  'spans_p20260231',
  'spans_p202602',
  'metrics_p20260201',
  'metrics_p202613',
  'spans_2026',
  'spans_p',
])('does not take %s for a partition of ours', (name) => {
  const row = { name, is_attached: false, is_detaching: false, to_be_dropped: true, to_ms: null, bytes: 1 };

  expect(rowToPartition(row)).toBeUndefined();
});

it('leaves a partition alone that has our name and other bounds', () => {
  const row = { name: 'spans_p20260101', is_detaching: false, to_be_dropped: false, bytes: 1 };

  const found = ['2026-01-02T00:00:00Z', '2026-06-01T00:00:00Z'].map((to) =>
    rowToPartition({ ...row, is_attached: true, to_ms: at(to) }),
  );

  expect([found[0]?.name, found[1]]).toEqual(['spans_p20260101', undefined]);
});

it.each([
  [
    'a leap day',
    '2028-02-26T12:00:00Z',
    'spans_p20280304',
    ['metrics_p202802', 'metrics_p202803', 'metrics_p202804'],
  ],
  [
    'new year',
    '2026-12-31T23:59:59Z',
    'spans_p20270107',
    ['metrics_p202612', 'metrics_p202701', 'metrics_p202702'],
  ],
  [
    'a change of the clocks',
    '2026-10-24T22:30:00Z',
    'spans_p20261031',
    ['metrics_p202610', 'metrics_p202611', 'metrics_p202612'],
  ],
  [
    'the 31st before a short month',
    '2026-01-31T23:00:00Z',
    'spans_p20260207',
    ['metrics_p202601', 'metrics_p202602', 'metrics_p202603'],
  ],
])('plans 8 days and 3 months across %s', (_case, now, lastDay, months) => {
  const days = timesAhead('spans', at(now)).map((time) => partitionOf('spans', time).name);

  expect([new Set(days).size, days[0], days.at(-1)]).toEqual([
    8,
    partitionOf('spans', at(now)).name,
    lastDay,
  ]);
  expect(timesAhead('metrics', at(now)).map((time) => partitionOf('metrics', time).name)).toEqual(months);
});
