import { describe, expect, test } from 'vitest';
import { releaseRows, RowBuffer } from '../../src/ingest/row-buffer.ts';

const MEGABYTE = 1_000_000;
const row = Buffer.alloc(1_000, 'a');

function fill(rows: RowBuffer, bytes: number): Buffer {
  for (let written = 0; written < bytes; written += row.length + 1) {
    rows.write(row);
    rows.endRow();
  }
  return rows.take();
}

describe('RowBuffer', () => {
  test('rows that grow step by step are whole', () => {
    const rows = new RowBuffer();
    const taken = fill(rows, MEGABYTE);
    expect(taken.toString()).toBe(`${row.toString()}\n`.repeat(Math.ceil(MEGABYTE / (row.length + 1))));
    expect(rows.rowCount).toBe(0);
    releaseRows(taken);
  });

  test('the memory of stored rows is used again, whatever the first ones grew out of', () => {
    const rows = new RowBuffer();
    const used = new Set<ArrayBufferLike>();
    for (let batch = 0; batch < 10; batch += 1) {
      const taken = fill(rows, MEGABYTE);
      used.add(taken.buffer);
      releaseRows(taken);
    }
    // The first one grew while it did not know how many would come.
    expect(used.size).toBeLessThanOrEqual(2);
  });

  test('rows that wait keep their memory to themselves', () => {
    const rows = new RowBuffer();
    const waiting = [fill(rows, MEGABYTE), fill(rows, MEGABYTE), fill(rows, MEGABYTE)];
    expect(new Set(waiting.map(({ buffer }) => buffer)).size).toBe(3);
    waiting.forEach((taken) => {
      releaseRows(taken);
      releaseRows(taken);
    });
    const next = [fill(rows, MEGABYTE), fill(rows, MEGABYTE)];
    expect(new Set(next.map(({ buffer }) => buffer)).size).toBe(2);
  });

  test('a few rows do not hold a large buffer', () => {
    const rows = new RowBuffer();
    releaseRows(fill(rows, MEGABYTE));
    expect(fill(rows, 1_000).buffer.byteLength).toBeLessThan(100_000);
  });
});
