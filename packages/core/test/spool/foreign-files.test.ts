import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { makeBatch } from './batches.ts';
import { drain, makeDirectory, open, processFolders } from './spool-fixture.ts';

it('ignores whatever else lies in its folders', async () => {
  const directory = await makeDirectory();
  const before = await open(directory);
  await before.spool.append(makeBatch());
  await before.spool.close();
  const [left] = (await processFolders(directory)) as [string];
  const [batchFile] = (await readdir(left)) as [string];
  const outside = join(await makeDirectory(), 'outside');
  await mkdir(outside);
  await writeFile(join(outside, batchFile), 'not ours');
  await mkdir(join(left, batchFile.replace('0000000000-spans', '0000000001-spans')));
  await symlink(
    join(outside, batchFile),
    join(left, batchFile.replace('0000000000-spans', '0000000002-spans')),
  );
  await writeFile(join(left, 'notes.txt'), 'mine');
  await writeFile(join(left, `${batchFile}.aside`), 'half a batch');
  await symlink(outside, left.replace(/\w{16}@/, '0123456789abcdef@'));
  await writeFile(left.replace(/\w{16}@/, 'fedcba9876543210@'), 'a file');
  await mkdir(join(left, '..', 'somebody'));
  const { spool, drops } = await open(directory);

  const adopted = await spool.adoptOrphans();
  const drained = await drain(spool);
  await spool.close();

  expect([adopted, drained, drops]).toEqual([1, [makeBatch()], []]);
  expect(await readdir(outside)).toEqual([batchFile]);
  expect(await readdir(left)).toHaveLength(3);
  expect((await processFolders(directory)).map((path) => basename(path))).toEqual(
    [basename(left), '0123456789abcdef@free', 'fedcba9876543210@free', 'somebody'].toSorted(),
  );
});
