import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serviceFolderOf } from '../../src/spool/spool-folder.ts';
import { listAll, makeDirectory, open } from './spool-fixture.ts';
import { restOf, runProcess } from './spool-process.ts';

it('says which error the file system had when there is no place for it', async () => {
  const directory = await makeDirectory();
  await writeFile(join(directory, 'file'), '');
  const linked = join(directory, 'linked');
  await mkdir(linked);
  const target = await makeDirectory();
  await symlink(target, serviceFolderOf(linked, 'orders'));

  const places = [join(directory, 'file', 'spool'), '/dev/full', '/dev/full/spool', '/proc/spool', linked];
  const codes = await Promise.all(
    places.map((place) => open(place).catch((error: NodeJS.ErrnoException) => error.code)),
  );

  expect(codes).toEqual(['ENOTDIR', expect.stringMatching(/EEXIST|ENOTDIR/), 'ENOTDIR', 'ENOENT', 'ENOTDIR']);
  expect(await readFile(join(directory, 'file'), 'utf8')).toBe('');
  expect(await listAll(target)).toEqual([]);
  expect((await listAll(directory)).length).toBe(3);
});

it('leaves nothing half when the disk takes no more, and takes what fits', async () => {
  const directory = await makeDirectory();
  const writer = runProcess(
    directory,
    `import { readdirSync } from 'node:fs';
     const spool = await open();
     const [service] = readdirSync(process.env.DIRECTORY);
     const files = () => readdirSync(process.env.DIRECTORY, { recursive: true }).filter((name) => name.endsWith('.batch') || name.endsWith('.aside')).length;
     const large = (id) => makeBatch(id, 'x'.repeat(100_000) + '\\n');
     await spool.append(large(idOf(1))).catch((error) => say(error.code));
     say([files(), spool.stats()]);
     say(await spool.append(makeBatch(idOf(2))));
     await spool.split(idOf(2), [makeBatch(idOf(2) + '/0'), large(idOf(2) + '/1')]).catch((error) => say(error.code));
     say([files(), spool.stats().batches]);
     say((await spool.first()).batchId);
     await spool.remove(idOf(2));
     await spool.close();
     process.exit();`,
    'ulimit -f 8;',
  );

  const lines = await restOf(writer);

  expect(lines).toEqual([
    'EFBIG',
    [0, { batches: 0, rows: { spans: 0, metrics: 0 }, bytes: 0 }],
    'spooled',
    'EFBIG',
    [1, 1],
    '00000000000000000000000000000002',
  ]);
  expect(await writer.ended).toEqual([0, '']);
  expect((await listAll(directory)).length).toBe(1);
});

it('cannot be opened where nothing can be written, and leaves no folder of its own', async () => {
  const directory = await makeDirectory();
  const writer = runProcess(
    directory,
    `await open().catch((error) => say(error.code)); process.exit();`,
    'ulimit -f 0;',
  );

  const lines = await restOf(writer);

  expect(lines).toEqual(['EFBIG']);
  expect((await listAll(directory)).length).toBe(1);
});
