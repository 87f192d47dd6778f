import { expect, it } from 'vitest';
import type { EncodedBatch } from '../../src/ingest/encoded-batch.ts';
import { decodeCopyRows } from '../../src/ingest/copy-text.ts';
import { IngestWriter } from '../../src/ingest/ingest-writer.ts';
import type { BatchSpool } from '../../src/ingest/spool-mover.ts';
import { createLog } from '../../src/logging/log-once.ts';
import { randomTraceId } from '../../src/propagation/correlation-id-format.ts';

interface Recorded {
  writer: IngestWriter;
  /** Every attempt. */
  attempts: EncodedBatch[];
  /** Rows that were written, by name. */
  written: string[];
  lines: string[];
  /** Errors the next attempts reject with. */
  failures: unknown[];
  spool: SpoolInMemory;
}

/** The spool's behaviour without a disk; the real one has tests of its own. */
class SpoolInMemory implements BatchSpool {
  readonly batches: EncodedBatch[] = [];
  maxBatches = Number.POSITIVE_INFINITY;
  failure: Error | undefined;
  /** A slow disk: nothing is there before it resolves. */
  slowness: Promise<void> | undefined;

  async append(batch: EncodedBatch): Promise<'spooled' | 'full'> {
    await this.slowness;
    if (this.failure !== undefined) {
      throw this.failure;
    }
    if (this.batches.length >= this.maxBatches) {
      return 'full';
    }
    this.batches.push(batch);
    return 'spooled';
  }
  async first(): Promise<EncodedBatch | undefined> {
    return this.batches[0];
  }
  async remove(batchId: string): Promise<void> {
    const at = this.batches.findIndex((batch) => batch.batchId === batchId);
    this.batches.splice(at, at === -1 ? 0 : 1);
  }
  async split(batchId: string, halves: readonly EncodedBatch[]): Promise<void> {
    const at = this.batches.findIndex((batch) => batch.batchId === batchId);
    this.batches.splice(at, 1, ...halves);
  }
  async adoptOrphans(): Promise<number> {
    return this.batches.length;
  }
  stats(): ReturnType<BatchSpool['stats']> {
    const rows = { spans: 0, metrics: 0 };
    this.batches.forEach((batch) => (rows[batch.signal] += batch.rowCount));
    return { batches: this.batches.length, rows, bytes: 0 };
  }
  async close(): Promise<void> {}
}

function createRecorded(
  options: { maxQueuedBytes?: number; poison?: string; withSpool?: boolean } = {},
): Recorded {
  const attempts: EncodedBatch[] = [];
  const written: string[] = [];
  const lines: string[] = [];
  const failures: unknown[] = [];
  const spool = new SpoolInMemory();
  const note = (line: string): void => {
    lines.push(line);
  };
  const writer = new IngestWriter({
    log: createLog({ info: note, warn: note, error: note }),
    maxQueuedBytes: options.maxQueuedBytes,
    spool: options.withSpool === true ? { mayHaveOrphans: () => true, open: async () => spool } : undefined,
    spoolAfterMs: 60_000,
    write: async (batch) => {
      attempts.push(batch);
      const failure = failures.shift();
      if (failure !== undefined) {
        throw failure;
      }
      const names = namesOf(batch);
      if (options.poison !== undefined && names.includes(options.poison)) {
        throw Object.assign(new Error('invalid input'), { code: '22P02' });
      }
      written.push(...names);
    },
  });
  return { writer, attempts, written, lines, failures, spool };
}

function batchOf(...names: string[]): EncodedBatch {
  return {
    batchId: randomTraceId(),
    signal: 'spans',
    columns: ['operation_name'],
    rowCount: names.length,
    partitionTimes: [0],
    origins: { resources: [], scopes: [] },
    cutAtMs: Date.now(),
    rows: Buffer.from(names.map((name) => `${name}\n`).join('')),
  };
}

function namesOf(batch: EncodedBatch): string[] {
  return decodeCopyRows(batch.rows).map(([name]) => name ?? '');
}

const AWAY = (): Error => new Error('connect ECONNREFUSED');

it('writes batches one at a time in their order', async () => {
  const { writer, written } = createRecorded();

  writer.add(batchOf('a', 'b'));
  writer.add(batchOf('c'));
  await writer.flush(1_000);

  expect(written).toEqual(['a', 'b', 'c']);
  expect(writer.stats('spans')).toMatchObject({ queued: 0, spooled: 0, stored: 3, dropped: {}, retried: 0 });
});

it('repeats a batch under the same ID after a failure that may pass, with one line when it starts and one when it ends', async () => {
  const { writer, attempts, lines, failures } = createRecorded();
  failures.push(AWAY(), Object.assign(new Error('shutting down'), { code: '57P01' }));

  writer.add(batchOf('a'));
  await writer.flush(5_000);

  expect(new Set(attempts.map((batch) => batch.batchId)).size).toBe(1);
  expect(writer.stats('spans')).toMatchObject({ queued: 0, stored: 1, dropped: {}, retried: 2 });
  expect(lines).toHaveLength(2);
});

it.each(['28P01', '3D000', '57P03', '25P03'])(
  'waits where the database refuses for now with %s',
  async (code) => {
    const { writer, written, failures } = createRecorded();
    failures.push(Object.assign(new Error('refused'), { code }));

    writer.add(batchOf('a'));
    await writer.flush(5_000);

    expect(written).toEqual(['a']);
    expect(writer.stats('spans')).toMatchObject({ stored: 1, dropped: {}, retried: 1 });
  },
);

it('drops with a count what no repeat would help', async () => {
  const { writer, written, failures } = createRecorded();
  failures.push(Object.assign(new Error('no such column'), { code: '42703' }));

  writer.add(batchOf('a'));
  writer.add(batchOf('b'));
  await writer.flush(5_000);

  expect(written).toEqual(['b']);
  expect(writer.stats('spans')).toMatchObject({ stored: 1, dropped: { refused: 1 } });
});

it('halves a batch that is refused for its values until the poison stands alone, and names it', async () => {
  const { writer, attempts, written, lines } = createRecorded({ poison: 'row 13' });
  const names = Array.from({ length: 20 }, (_, index) => `row ${index}`);

  writer.add(batchOf(...names));
  await writer.flush(1_000);

  expect(written).toEqual(names.filter((name) => name !== 'row 13'));
  expect(writer.stats('spans')).toMatchObject({ queued: 0, stored: 19, dropped: { poison: 1 } });
  const root = attempts[0]?.batchId ?? '';
  expect(attempts.every((batch) => batch.batchId.startsWith(root))).toBe(true);
  expect(new Set(attempts.map((batch) => batch.batchId)).size).toBe(attempts.length);
  expect(lines).toEqual([expect.stringContaining('"row 13"')]);
});

it('drops ordinary rows of the oldest batch first, then what comes last', async () => {
  const { writer, written, failures } = createRecorded({ maxQueuedBytes: 40 });
  failures.push(AWAY());
  writer.add(batchOf('in flight'));
  await Promise.resolve();

  writer.add(batchOf('error 1', 'plain 1', 'plain 2'), 1);
  writer.add(batchOf('error 2', 'plain 3', 'plain 4'), 1);
  writer.add(batchOf('much too long for what is left of the room'));
  await writer.flush(5_000);

  expect(written).toEqual(['in flight', 'error 1', 'error 2']);
  expect(writer.stats('spans')).toMatchObject({ queued: 0, stored: 3, dropped: { queue_full: 5 } });
});

it('rejects a flush in time while the database is away, and keeps what it has', async () => {
  const { writer, failures } = createRecorded();
  failures.push(...Array.from({ length: 1_000 }, AWAY));
  writer.add(batchOf('a'));

  const refused = writer.flush(50);

  await expect(refused).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(writer.stats('spans')).toMatchObject({ queued: 1, stored: 0 });
  await writer.shutdown(50);
});

it('counts at shutdown what could not be written in time, and takes nothing any more', async () => {
  const { writer, failures } = createRecorded();
  failures.push(...Array.from({ length: 1_000 }, AWAY));
  writer.add(batchOf('a', 'b'));

  await writer.shutdown(50);
  writer.add(batchOf('late'));

  expect(writer.stats('spans')).toMatchObject({ queued: 0, stored: 0, dropped: { shutdown: 3 } });
});

it('brings everything to disk while the database is away, and stores it from there in order when it is back', async () => {
  const { writer, written, failures, spool } = createRecorded({ withSpool: true });
  failures.push(AWAY(), AWAY(), AWAY());

  writer.add(batchOf('a'));
  writer.add(batchOf('b'));
  await until(() => spool.batches.length === 2);
  writer.add(batchOf('c'));
  await until(() => spool.batches.length === 3);
  const away = writer.stats('spans');
  await writer.flush(5_000);
  await until(() => spool.batches.length === 0);

  expect(away).toMatchObject({ queued: 0, spooled: 3, stored: 0 });
  expect(written).toEqual(['a', 'b', 'c']);
  expect(writer.stats('spans')).toMatchObject({ queued: 0, spooled: 0, stored: 3, dropped: {} });
});

it('leaves on disk at shutdown what was not stored', async () => {
  const { writer, failures, spool } = createRecorded({ withSpool: true });
  failures.push(...Array.from({ length: 1_000 }, AWAY));
  writer.add(batchOf('a'));
  writer.add(batchOf('b', 'c'));

  await writer.shutdown(50);

  expect(spool.batches.flatMap(namesOf)).toEqual(['a', 'b', 'c']);
  expect(writer.stats('spans')).toMatchObject({ queued: 0, dropped: {} });
});

it('stores what an earlier process has left', async () => {
  const { writer, written, spool } = createRecorded({ withSpool: true });
  spool.batches.push(batchOf('orphan 1'), batchOf('orphan 2'));

  await writer.adoptOrphans();
  writer.add(batchOf('new'));
  await writer.flush(1_000);

  expect(written).toEqual(['orphan 1', 'orphan 2', 'new']);
});

it.each([
  ['is full', (spool: SpoolInMemory) => Object.assign(spool, { maxBatches: 0 })],
  ['cannot be written', (spool: SpoolInMemory) => Object.assign(spool, { failure: new Error('EROFS') })],
])('keeps everything in memory and says so once when the disk %s', async (_state, break_) => {
  const { writer, written, lines, failures, spool } = createRecorded({ withSpool: true });
  break_(spool);
  failures.push(AWAY(), AWAY());

  writer.add(batchOf('a'));
  writer.add(batchOf('b'));
  await writer.flush(5_000);

  expect(written).toEqual(['a', 'b']);
  expect(lines.filter((line) => line.includes('on disk:'))).toHaveLength(1);
});

it('counts rows as waiting also while they are on their way to a slow disk', async () => {
  const { writer, written, failures, spool } = createRecorded({ withSpool: true });
  let finish = (): void => undefined;
  spool.slowness = new Promise((resolve) => {
    finish = resolve;
  });
  failures.push(AWAY());
  const waiting = (): number => {
    const { queued, spooled } = writer.stats('spans');
    return queued + spooled;
  };

  writer.add(batchOf('a', 'b'));
  await until(() => failures.length === 0);
  await new Promise((resolve) => setImmediate(resolve));
  const meanwhile = waiting();
  finish();
  await until(() => spool.batches.length === 1);
  const onDisk = waiting();
  await writer.flush(5_000);
  await until(() => spool.batches.length === 0);

  expect([meanwhile, onDisk, waiting()]).toEqual([2, 2, 0]);
  expect(written).toEqual(['a', 'b']);
});

it('halves a batch on disk before the first half is stored', async () => {
  const { writer, written, failures, spool } = createRecorded({ withSpool: true, poison: 'bad' });
  failures.push(AWAY());
  writer.add(batchOf('good 1', 'bad', 'good 2', 'good 3'));
  await until(() => spool.batches.length === 1);

  await writer.flush(5_000);
  await until(() => spool.batches.length === 0);

  expect(written).toEqual(['good 1', 'good 2', 'good 3']);
  expect(writer.stats('spans')).toMatchObject({ stored: 3, dropped: { poison: 1 }, spooled: 0 });
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
