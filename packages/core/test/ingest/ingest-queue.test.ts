import { expect, it } from 'vitest';
import { createIngestQueue } from '../../src/ingest/ingest-queue.ts';
import type { IngestBatch, IngestQueue } from '../../src/ingest/ingest-queue.ts';
import { createLog } from '../../src/logging/log-once.ts';

interface Recorded {
  queue: IngestQueue<number>;
  batches: IngestBatch<number>[];
  lines: string[];
  /** Errors the next writes reject with. */
  failures: unknown[];
}

function createRecorded(
  options: { maxQueuedItems?: number; maxBatchItems?: number; poison?: number } = {},
): Recorded {
  const batches: IngestBatch<number>[] = [];
  const lines: string[] = [];
  const failures: unknown[] = [];
  const note = (line: string): void => {
    lines.push(line);
  };
  const queue = createIngestQueue<number>({
    name: 'numbers',
    maxQueuedItems: options.maxQueuedItems ?? 1_000,
    maxBatchItems: options.maxBatchItems ?? 100,
    flushIntervalMs: 60_000,
    log: createLog({ info: note, warn: note, error: note }),
    write: async (batch) => {
      batches.push(batch);
      const failure = failures.shift();
      if (failure !== undefined) {
        throw failure;
      }
      if (options.poison !== undefined && batch.items.includes(options.poison)) {
        throw Object.assign(new Error('invalid input'), { code: '22P02' });
      }
    },
  });
  return { queue, batches, lines, failures };
}

it('writes in batches, one at a time, each under an ID of its own', async () => {
  const { queue, batches } = createRecorded({ maxBatchItems: 3 });

  [1, 2, 3, 4, 5].forEach((item) => queue.push(item));
  await queue.flush();

  expect(batches.map((batch) => batch.items)).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
  expect(new Set(batches.map((batch) => batch.batchId)).size).toBe(2);
  expect(queue.stats()).toEqual({ queued: 0, stored: 5, dropped: {}, retried: 0 });
});

it('resolves a flush only when the batch in flight is written too', async () => {
  const { queue, batches } = createRecorded({ maxBatchItems: 1 });
  queue.push(1);
  queue.push(2);

  await queue.flush();

  expect(batches).toHaveLength(2);
  expect(queue.stats().stored).toBe(2);
});

it('repeats a batch under the same ID after a failure that may pass, with one line when it starts and one when it ends', async () => {
  const { queue, batches, lines, failures } = createRecorded();
  failures.push(
    new Error('connect ECONNREFUSED'),
    Object.assign(new Error('shutting down'), { code: '57P01' }),
  );

  queue.push(7);
  await queue.flush();

  expect(new Set(batches.map((batch) => batch.batchId)).size).toBe(1);
  expect(queue.stats()).toMatchObject({ queued: 0, stored: 1, dropped: {}, retried: 2 });
  expect(lines).toHaveLength(2);
});

it('drops with a count what does not fit any more', async () => {
  const { queue, failures } = createRecorded({ maxQueuedItems: 3, maxBatchItems: 2 });
  failures.push(new Error('away'));

  const taken = [1, 2, 3, 4, 5].map((item) => queue.push(item));
  await queue.flush();

  expect(taken).toEqual([true, true, true, false, false]);
  expect(queue.stats()).toMatchObject({ stored: 3, dropped: { queue_full: 2 } });
});

it('halves a batch that is refused for its values until the poison stands alone', async () => {
  const { queue, batches, lines } = createRecorded({ poison: 13 });
  const items = Array.from({ length: 20 }, (_, index) => index);

  items.forEach((item) => queue.push(item));
  await queue.flush();

  expect(queue.stats()).toMatchObject({ stored: 19, dropped: { poison: 1 } });
  const root = batches[0]?.batchId ?? '';
  expect(batches.every((batch) => batch.batchId.startsWith(root))).toBe(true);
  expect(new Set(batches.map((batch) => batch.batchId)).size).toBe(batches.length);
  expect(lines).toHaveLength(1);
});

it('rejects a flush in time while the database is away, and keeps what it has', async () => {
  const { queue, failures } = createRecorded();
  failures.push(...Array.from({ length: 1_000 }, () => new Error('away')));
  queue.push(1);

  const refused = queue.flush(50);

  await expect(refused).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(queue.stats()).toMatchObject({ queued: 1, stored: 0 });
  await queue.shutdown(50);
});

it('counts at shutdown what could not be written in time, and takes nothing any more', async () => {
  const { queue, failures } = createRecorded({ maxBatchItems: 1 });
  failures.push(...Array.from({ length: 1_000 }, () => new Error('away')));
  queue.push(1);
  queue.push(2);

  await queue.shutdown(50);
  const taken = queue.push(3);
  await queue.flush();

  expect(taken).toBe(false);
  const { stored, dropped } = queue.stats();
  expect(stored).toBe(0);
  expect(Object.values(dropped).reduce((sum, count) => sum + count, 0)).toBe(3);
});

it('keeps credentials out of its log and its stats', async () => {
  const { queue, lines, failures } = createRecorded();
  failures.push(new Error('cannot reach postgres://app:hunter2@db/orders'));

  queue.push(1);
  await queue.flush();

  expect(JSON.stringify([lines, queue.stats()])).not.toContain('hunter2');
});
