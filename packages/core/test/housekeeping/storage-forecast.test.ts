import { expect, it } from 'vitest';
import { forecastStorage } from '../../src/housekeeping/storage-forecast.ts';
import type { StorageFacts } from '../../src/housekeeping/storage-forecast.ts';
import { resolveRetention } from '../../src/housekeeping/retention.ts';
import type { StoredPartition } from '../../src/housekeeping/stored-partition.ts';
import { partitionOf } from '../../src/storage/partition-bounds.ts';
import type { PartitionedTable } from '../../src/storage/partition-bounds.ts';

const DAY_MS = 86_400_000;
const MEGABYTE = 1_000_000;
const nowMs = Date.parse('2026-03-21T00:00:00Z');

function partition(table: PartitionedTable, time: number, bytes: number): StoredPartition {
  const { name, from, to } = partitionOf(table, time);
  return {
    table,
    name,
    bytes,
    fromMs: Date.parse(from),
    toMs: Date.parse(to),
    state: 'attached',
    toBeDropped: false,
  };
}

/** 14 whole days of spans of 10 MB, and 20 days of March with 2 MB of metrics each. */
function steadyState(): StorageFacts {
  const spans = Array.from({ length: 14 }, (_, day) =>
    partition('spans', nowMs - (day + 1) * DAY_MS, 10 * MEGABYTE),
  );
  const partitions = [partition('metrics', nowMs, 40 * MEGABYTE), ...spans];
  return { partitions, bytes: 185 * MEGABYTE, nowMs, installedAtMs: nowMs - 400 * DAY_MS };
}

it('tells size and growth by the last whole days, and lists the partitions from the oldest on', () => {
  const forecast = forecastStorage(steadyState(), resolveRetention(undefined));

  expect(forecast).toMatchObject({ bytes: 185 * MEGABYTE, bytesPerDay: 12 * MEGABYTE, daysLeft: null });
  expect(forecast.partitions).toHaveLength(15);
  expect(forecast.partitions[1]).toEqual({
    table: 'spans',
    name: 'spans_p20260307',
    from: new Date('2026-03-07T00:00:00Z'),
    to: new Date('2026-03-08T00:00:00Z'),
    bytes: 10 * MEGABYTE,
  });
});

it.each([
  ['is reached', 180, 0],
  // Spans are steady; metrics grow by 2 MB a day until the first month goes.
  ['is near', 190, 3],
  ['is far, as months of metrics are still piling up', 250, 33],
  ['is never reached, because retention drops as much as comes', 1_000, null],
])('counts the days until a budget that %s', (_case, megabytes, expected) => {
  const retention = resolveRetention({ maxBytes: megabytes * MEGABYTE });

  const { daysLeft } = forecastStorage(steadyState(), retention);

  expect(daysLeft).toBe(expected);
});

it('does not spread the growth over days before the installation', () => {
  const facts: StorageFacts = {
    partitions: [partition('spans', nowMs + DAY_MS / 2, 5 * MEGABYTE), partition('metrics', nowMs, MEGABYTE)],
    bytes: 7 * MEGABYTE,
    nowMs: nowMs + DAY_MS / 2,
    installedAtMs: nowMs + DAY_MS / 4,
  };

  const { bytesPerDay } = forecastStorage(facts, resolveRetention(undefined));

  expect(bytesPerDay).toBe(24 * MEGABYTE);
});

it('tells of an empty schema that it does not grow', () => {
  const facts: StorageFacts = { partitions: [], bytes: 400_000, nowMs, installedAtMs: nowMs };

  const forecast = forecastStorage(facts, resolveRetention({ maxBytes: 10_000_000 }));

  expect(forecast).toEqual({ bytes: 400_000, bytesPerDay: 0, daysLeft: null, partitions: [] });
});

it('takes the month before while the current one has just begun', () => {
  const begin = Date.parse('2026-03-01T00:00:00Z');
  const facts: StorageFacts = {
    partitions: [partition('metrics', begin - 1, 28 * MEGABYTE), partition('metrics', begin, 0)],
    bytes: 28 * MEGABYTE,
    nowMs: begin + 60_000,
    installedAtMs: 0,
  };

  expect(forecastStorage(facts, resolveRetention(undefined)).bytesPerDay).toBe(MEGABYTE);
});
