import { expect, it } from 'vitest';
import type { SpoolEntry } from '../../src/spool/spool-entry.ts';
import { SpoolIndex } from '../../src/spool/spool-index.ts';
import { batchIdOf } from './batches.ts';

const folder = { origin: '0123456789abcdef', path: '/nowhere' };

function makeEntry(number: number, cutAtMs: number, order: number): SpoolEntry {
  const batchId = batchIdOf(number);
  return {
    batchId,
    signal: 'spans',
    rowCount: 1,
    cutAtMs,
    order,
    folder,
    path: batchId,
    bytes: 10,
    shadows: [],
  };
}

it('knows the oldest however many come and go, in whatever order', () => {
  const index = new SpoolIndex();
  // A fixed walk through all 1,000 numbers that is in no order of them; ten cuts of a hundred, ties among the orders.
  const entries = Array.from({ length: 1_000 }, (_, step) => (step * 387) % 1_000).map((number) =>
    makeEntry(number, number % 10, number % 7),
  );

  index.addAll(entries.slice(0, 600));
  for (const entry of entries.slice(600)) {
    index.add(entry);
  }
  for (const entry of entries.filter((_, at) => at % 3 === 0)) {
    index.delete(entry);
    index.delete(entry);
  }
  const { batches } = index.stats();
  const found: SpoolEntry[] = [];
  for (let entry = index.oldest(); entry !== undefined; entry = index.oldest()) {
    found.push(entry);
    index.delete(entry);
  }

  const expected = entries
    .filter((_, at) => at % 3 !== 0)
    .toSorted(
      (one, other) =>
        one.cutAtMs - other.cutAtMs || one.order - other.order || (one.batchId < other.batchId ? -1 : 1),
    );
  expect([batches, found]).toEqual([expected.length, expected]);
  expect(index.stats()).toEqual({ batches: 0, rows: { spans: 0, metrics: 0 }, bytes: 0 });
  expect([index.inFolder(folder), index.hasSomeIn(folder), index.relative(batchIdOf(1))]).toEqual([
    [],
    false,
    undefined,
  ]);
});
