import { readdir, rename, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { batchIdOf, makeBatch } from './batches.ts';
import { drain, listAll, makeDirectory, open, processFolders } from './spool-fixture.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('gives back what was put in, oldest first, then in the order of appending', async () => {
  const { spool, drops } = await open(await makeDirectory());
  const batches = [
    makeBatch({ batchId: batchIdOf(4), cutAtMs: 2_000 }),
    makeBatch({ batchId: batchIdOf(3), cutAtMs: 1_000 }),
    makeBatch({ batchId: batchIdOf(2), cutAtMs: 2_000, signal: 'metrics', columns: ['value'] }),
    makeBatch({ batchId: batchIdOf(1), cutAtMs: 10_000.5 }),
  ];

  const answers = await Promise.all(batches.map((batch) => spool.append(batch)));
  const stats = spool.stats();
  const drained = await drain(spool);

  expect(answers).toEqual(['spooled', 'spooled', 'spooled', 'spooled']);
  expect(stats).toEqual({ batches: 4, rows: { spans: 9, metrics: 3 }, bytes: expect.any(Number) as number });
  expect(drained).toEqual([batches[1], batches[0], batches[2], batches[3]]);
  expect(spool.stats()).toEqual({ batches: 0, rows: { spans: 0, metrics: 0 }, bytes: 0 });
  expect(drops).toEqual([]);
});

it('gives the same batch until it is removed; removing what is not there is fine', async () => {
  const { spool } = await open(await makeDirectory());
  await spool.append(makeBatch());

  const twice = [await spool.first(), await spool.first()];
  await spool.remove(batchIdOf(9));
  await spool.remove(makeBatch().batchId);
  await spool.remove(makeBatch().batchId);

  expect(twice).toEqual([makeBatch(), makeBatch()]);
  expect(await spool.first()).toBeUndefined();
});

it('keeps a batch once, however often it is appended, also as a half of itself', async () => {
  const { spool } = await open(await makeDirectory());
  await spool.append(makeBatch());
  const stats = spool.stats();

  const again = await Promise.all([
    spool.append(makeBatch()),
    spool.append(makeBatch({ batchId: `${makeBatch().batchId}/0` })),
  ]);

  expect(again).toEqual(['spooled', 'spooled']);
  expect(spool.stats()).toEqual(stats);
});

it('is full when the next batch would go beyond its bytes, with what was taken over', async () => {
  const directory = await makeDirectory();
  const before = await open(directory);
  await before.spool.append(makeBatch({ batchId: batchIdOf(1) }));
  const { bytes } = before.spool.stats();
  await before.spool.close();
  const { spool, drops } = await open(directory, { maxBytes: bytes * 2 });

  await spool.adoptOrphans();
  const answers = [2, 3].map((number) => spool.append(makeBatch({ batchId: batchIdOf(number) })));

  expect(await Promise.all(answers)).toEqual(['spooled', 'full']);
  expect(spool.stats().bytes).toBe(bytes * 2);
  await spool.remove(batchIdOf(1));
  expect(await spool.append(makeBatch({ batchId: batchIdOf(3) }))).toBe('spooled');
  expect(drops).toEqual([]);
});

it.each([
  [0, 'spooled'],
  [-1, 'full'],
])('counts to the byte: %i beyond what a batch takes it is %s', async (spare, expected) => {
  const measured = await open(await makeDirectory());
  await measured.spool.append(makeBatch());
  const { spool } = await open(await makeDirectory(), { maxBytes: measured.spool.stats().bytes + spare });

  expect(await spool.append(makeBatch())).toBe(expected);
});

it('refuses a batch it could not read back', async () => {
  const { spool } = await open(await makeDirectory());

  await expect(spool.append(makeBatch({ columns: ['nobody'] }))).rejects.toThrow(TypeError);
  await expect(spool.append(makeBatch({ batchId: '../../x' }))).rejects.toThrow(TypeError);
  expect(spool.stats().batches).toBe(0);
});

it('removes and counts what is too old', async () => {
  const directory = await makeDirectory();
  let now = 100_000;
  const { spool, drops } = await open(directory, { maxAgeMs: 50_000, now: () => now });
  const young = makeBatch({ batchId: batchIdOf(3), cutAtMs: 60_000 });
  await spool.append(makeBatch({ batchId: batchIdOf(1), cutAtMs: 50_000 }));
  await spool.append(
    makeBatch({ batchId: batchIdOf(2), cutAtMs: 50_001, signal: 'metrics', columns: ['value'] }),
  );
  await spool.append(young);

  const exactlyOldEnough = await spool.first();
  now = 100_002;
  const after = await spool.first();

  expect(exactlyOldEnough?.batchId).toBe(batchIdOf(1));
  expect(after).toEqual(young);
  expect(drops).toEqual([
    ['spans', 'spool_expired', 3],
    ['metrics', 'spool_expired', 3],
  ]);
  expect(spool.stats().batches).toBe(1);
  expect(await readdir((await processFolders(directory))[0] as string)).toHaveLength(1);
});

it('removes and counts what is damaged, and goes on behind it', async () => {
  const directory = await makeDirectory();
  const { spool, drops } = await open(directory);
  for (const number of [1, 2, 3, 4, 5]) {
    await spool.append(makeBatch({ batchId: batchIdOf(number) }));
  }
  const [folder] = (await processFolders(directory)) as [string];
  const paths = (await readdir(folder)).toSorted().map((name) => join(folder, name));

  await truncate(paths[0] as string, 40);
  await writeFile(paths[1] as string, Buffer.alloc((await stat(paths[1] as string)).size, 'x'));
  await rm(paths[2] as string);
  await rm(paths[3] as string);
  await symlink(paths[4] as string, paths[3] as string);
  const first = await spool.first();

  expect(first).toEqual(makeBatch({ batchId: batchIdOf(5) }));
  expect(drops).toEqual(Array(4).fill(['spans', 'spool_damaged', 3]));
  expect(await listAll(folder)).toEqual([basename(paths[4] as string)]);
});

it('lets nobody else look: folders 0700, files 0600', async () => {
  const directory = join(await makeDirectory(), 'deep', 'spool');
  const { spool } = await open(directory);
  await spool.append(makeBatch());

  const modes = await Promise.all(
    ['..', '.', ...(await listAll(directory))].map(async (path) => {
      const found = await stat(join(directory, path));
      return `${found.isFile() ? 'file' : 'folder'} ${(found.mode & 0o777).toString(8)}`;
    }),
  );

  expect(modes).toEqual(['folder 700', 'folder 700', 'folder 700', 'folder 700', 'file 600']);
});

it('parts services, even when their names look alike, and names with odd characters', async () => {
  const directory = await makeDirectory();
  const names = ['a/b', 'a-b', 'A-B', '../../escape', '\0', 'ü'.repeat(300), ''];
  for (const serviceName of names) {
    const left = await open(directory, { serviceName });
    await left.spool.append(makeBatch({ batchId: batchIdOf(names.indexOf(serviceName)) }));
    await left.spool.close();
  }

  const found = new Map<string, string[]>();
  for (const serviceName of names) {
    const { spool } = await open(directory, { serviceName });
    await spool.adoptOrphans();
    found.set(
      serviceName,
      (await drain(spool)).map((batch) => batch.batchId),
    );
  }

  expect(found).toEqual(new Map(names.map((name, number) => [name, [batchIdOf(number)]])));
  expect(await readdir(directory)).toHaveLength(names.length);
});

it('goes on in a new folder when its own was removed, and counts what was in it', async () => {
  const directory = await makeDirectory();
  const { spool, drops } = await open(directory);
  await spool.append(makeBatch({ batchId: batchIdOf(1) }));
  await rm(directory, { recursive: true });

  const answer = await spool.append(makeBatch({ batchId: batchIdOf(2) }));

  expect(answer).toBe('spooled');
  expect(drops).toEqual([['spans', 'spool_damaged', 3]]);
  expect(await drain(spool)).toEqual([makeBatch({ batchId: batchIdOf(2) })]);
});

it('lets go of what another process has taken over, and counts nothing', async () => {
  const directory = await makeDirectory();
  const { spool, drops } = await open(directory);
  await spool.append(makeBatch({ batchId: batchIdOf(1) }));
  const [own] = (await processFolders(directory)) as [string];
  await rename(own, own.replace(/@.*/, '@1-1-0123456789abcdef'));

  const split = spool.split(batchIdOf(1), [
    makeBatch({ batchId: `${batchIdOf(1)}/0` }),
    makeBatch({ batchId: `${batchIdOf(1)}/1` }),
  ]);

  await expect(split).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await spool.first()).toBeUndefined();
  expect(await spool.append(makeBatch({ batchId: batchIdOf(2) }))).toBe('spooled');
  expect([spool.stats().batches, drops]).toEqual([1, []]);
});

it('gives a sign of life every ten seconds', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const directory = await makeDirectory();
  await open(directory, { now: () => 5_000_000 });
  const [own] = (await processFolders(directory)) as [string];
  await utimes(own, 1, 1);

  vi.advanceTimersByTime(9_999);
  const early = (await stat(own)).mtimeMs;
  vi.advanceTimersByTime(1);

  expect(early).toBe(1_000);
  await vi.waitFor(async () => expect((await stat(own)).mtimeMs).toBe(5_000_000));
});

it('removes its folder at close when it is empty, and leaves it to the next one otherwise', async () => {
  const directory = await makeDirectory();
  const empty = await open(directory);
  const full = await open(directory);
  await full.spool.append(makeBatch());

  await Promise.all([empty.spool.close(), full.spool.close(), full.spool.close()]);
  const left = (await processFolders(directory)).map((path) => basename(path).replace(/^\w{16}/, 'origin'));
  const next = await open(directory);

  expect(left).toEqual(['origin@free']);
  expect(await next.spool.adoptOrphans()).toBe(1);
  expect(await drain(next.spool)).toEqual([makeBatch()]);
  expect(await processFolders(directory)).toHaveLength(1);
  await expect(full.spool.append(makeBatch())).rejects.toThrow('closed');
});
