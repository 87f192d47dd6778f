import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import type { EncodedBatch } from '../../src/ingest/encoded-batch.ts';
import { batchToFile } from '../../src/spool/spool-file.ts';
import { writeEntry } from '../../src/spool/spool-entry.ts';
import { batchIdOf, knownColumns, makeBatch } from './batches.ts';
import { drain, makeDirectory, open, processFolders } from './spool-fixture.ts';

const wholeId = batchIdOf(1);
const whole = makeBatch({ rowCount: 4, rows: Buffer.from('a\nb\nc\nd\n') });
const left = makeBatch({ batchId: `${wholeId}/0`, rowCount: 2, rows: Buffer.from('a\nb\n') });
const right = makeBatch({ batchId: `${wholeId}/1`, rowCount: 2, rows: Buffer.from('c\nd\n') });
const leftest = makeBatch({ batchId: `${wholeId}/0/0`, rowCount: 1, rows: Buffer.from('a\n') });
const leftRight = makeBatch({ batchId: `${wholeId}/0/1`, rowCount: 1, rows: Buffer.from('b\n') });

it('replaces a batch by its halves, and those by theirs', async () => {
  const { spool } = await open(await makeDirectory());
  const other = makeBatch({ batchId: batchIdOf(2), cutAtMs: whole.cutAtMs + 1 });
  await spool.append(whole);
  await spool.append(other);

  await spool.split(wholeId, [left, right]);
  const first = await spool.first();
  await spool.split(left.batchId, [leftest, leftRight]);
  const { batches, rows } = spool.stats();

  expect(first).toEqual(left);
  expect({ batches, rows }).toEqual({ batches: 4, rows: { spans: 7, metrics: 0 } });
  expect(await drain(spool)).toEqual([right, leftest, leftRight, other]);
});

it('splits what was taken over in its own folder, so that a family stays together', async () => {
  const directory = await makeDirectory();
  const before = await open(directory);
  await before.spool.append(whole);
  await before.spool.close();
  const { spool } = await open(directory);
  await spool.adoptOrphans();

  await spool.split(wholeId, [left, right]);

  const files = await Promise.all((await processFolders(directory)).map((folder) => readdir(folder)));
  expect(new Set(files.map((names) => names.length))).toEqual(new Set([0, 2]));
  expect(await drain(spool)).toEqual([left, right]);
});

/** Files a crash leaves, written in this order. */
const states: [string, EncodedBatch[], EncodedBatch[]][] = [
  ['before the first half', [whole], [whole]],
  ['after the first half', [whole, left], [whole]],
  ['after the second half', [whole, left, right], [whole]],
  ['after the second half, found in another order', [right, left, whole], [whole]],
  ['after the whole went', [left, right], [left, right]],
  ['in the split of a half', [right, left, leftest], [right, left]],
  ['in the split of a half whose other half is stored', [left, leftest, leftRight], [left]],
  ['a copy of a folder', [whole, whole], [whole]],
];

it.each(states)('neither loses nor doubles a row after a crash %s', async (_, files, expected) => {
  const directory = await makeDirectory();
  const { spool, drops } = await open(directory);
  const [own] = (await processFolders(directory)) as [string];
  const path = own.replace(/[^/]*$/, '0123456789abcdef@free');
  await mkdir(path);
  for (const [order, batch] of files.entries()) {
    await writeEntry({ origin: '0123456789abcdef', path }, batch, order, batchToFile(batch, knownColumns));
  }

  const adopted = await spool.adoptOrphans();
  const drained = await drain(spool);

  expect([adopted, drained, drops]).toEqual([expected.length, expected, []]);
  expect(await processFolders(directory)).toEqual([own]);
});

it('can split again what a crash had left half split', async () => {
  const directory = await makeDirectory();
  const { spool } = await open(directory);
  const [own] = (await processFolders(directory)) as [string];
  const path = own.replace(/[^/]*$/, '0123456789abcdef@free');
  await mkdir(path);
  for (const batch of [whole, right]) {
    await writeEntry({ origin: '0123456789abcdef', path }, batch, 0, batchToFile(batch, knownColumns));
  }
  await spool.adoptOrphans();

  await spool.split(wholeId, [left, right]);

  expect(await drain(spool)).toEqual([left, right]);
  expect(await processFolders(directory)).toEqual([own]);
});

it('leaves the whole and no half when the second half cannot be written', async () => {
  const directory = await makeDirectory();
  const { spool } = await open(directory);
  await spool.append(whole);

  const split = spool.split(wholeId, [left, { ...right, columns: ['nobody'] }]);

  await expect(split).rejects.toThrow(TypeError);
  expect(await readdir((await processFolders(directory))[0] as string)).toHaveLength(1);
  expect(await drain(spool)).toEqual([whole]);
});

it('leaves no half when the whole cannot be removed', async () => {
  const directory = await makeDirectory();
  const { spool, drops } = await open(directory);
  await spool.append(whole);
  const [own] = (await processFolders(directory)) as [string];
  const [file] = (await readdir(own)) as [string];
  await rm(join(own, file));
  await mkdir(join(own, file));
  await writeFile(join(own, file, 'full'), '');

  const split = spool.split(wholeId, [left, right]);

  await expect(split).rejects.toMatchObject({ code: expect.stringMatching(/EISDIR|EPERM/) as string });
  expect((await readdir(own)).map((name) => basename(name))).toEqual([file]);
  expect([await spool.first(), drops]).toEqual([undefined, [['spans', 'spool_damaged', 4]]]);
});

it('takes nothing for halves but both halves of a batch it has', async () => {
  const { spool } = await open(await makeDirectory());
  await spool.append(whole);

  await expect(spool.split(batchIdOf(9), [left, right])).rejects.toMatchObject({ code: 'ENOENT' });
  for (const halves of [[], [left], [left, left], [left, leftest], [whole, right]]) {
    await expect(spool.split(wholeId, halves)).rejects.toThrow(TypeError);
  }
  expect(await drain(spool)).toEqual([whole]);
});
