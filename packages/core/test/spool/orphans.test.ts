import { readdirSync, statSync } from 'node:fs';
import { rename, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { SpoolOptions } from '../../src/spool/spool.ts';
import { batchIdOf, makeBatch } from './batches.ts';
import { drain, listAll, makeDirectory, open, processFolders } from './spool-fixture.ts';
import type { OpenedSpool } from './spool-fixture.ts';
import { restOf, runProcess } from './spool-process.ts';

const knownColumns = { spans: new Set(['trace_id']), metrics: new Set<string>() };

function openHere(directory: string, changes: Partial<SpoolOptions> = {}): Promise<OpenedSpool> {
  return open(directory, { knownColumns, ...changes });
}

/** Twenty folders of two batches each, whose process was killed. */
async function leaveOrphans(directory: string): Promise<{ pid: number; ids: string[] }> {
  const left = runProcess(
    directory,
    `for (let folder = 0; folder < 20; folder += 1) {
       const spool = await open();
       await spool.append(makeBatch(idOf(folder * 2)));
       await spool.append(makeBatch(idOf(folder * 2 + 1)));
     }
     say('written');`,
  );
  await left.next();
  await left.kill();
  return { pid: left.pid, ids: Array.from({ length: 40 }, (_, number) => batchIdOf(number)) };
}

it('finds after kill -9 in the middle of a file every batch that was answered for, and no half one', async () => {
  const directory = await makeDirectory();
  const writer = runProcess(
    directory,
    `const spool = await open();
     const rows = 'x'.repeat(999_999) + '\\n';
     for (let number = 0; number < 60; number += 1) {
       await spool.append(makeBatch(idOf(number), rows.repeat(8), number));
       say(number);
     }`,
  );
  let answered = (await writer.next()) as number;
  const [folder] = (await processFolders(directory)) as [string];
  const isWriting = (): boolean =>
    readdirSync(folder).some((name) => {
      const size = statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
      return size > 0 && size < 8_000_000;
    });

  // At most so often, since nothing else of this process runs meanwhile.
  for (let looks = 0; looks < 100_000 && !isWriting(); looks += 1) {
    // Each look lets it write on.
  }
  await writer.kill();
  answered = ((await restOf(writer)).at(-1) as number | undefined) ?? answered;
  const { spool, drops } = await openHere(directory);
  await spool.adoptOrphans();
  const drained = await drain(spool);

  // One more may have been renamed and not told.
  expect([answered + 1, answered + 2]).toContain(drained.length);
  expect(drained.map((batch) => batch.batchId)).toEqual(drained.map((_, number) => batchIdOf(number)));
  expect(drained.every((batch) => batch.rows.length === 8_000_000)).toBe(true);
  expect(drops).toEqual([]);
  expect((await listAll(directory)).length).toBe(2);
});

it.each([1, 5, 12])(
  'neither loses nor doubles a row when it is killed while it splits batch %i',
  async (at) => {
    const directory = await makeDirectory();
    const splitter = runProcess(
      directory,
      `const spool = await open();
     const ids = Array.from({ length: 30 }, (_, number) => idOf(number));
     for (const id of ids) {
       await spool.append(makeBatch(id, id + 'a\\n' + id + 'b\\n'));
     }
     for (const id of ids) {
       await spool.split(id, [makeBatch(id + '/0', id + 'a\\n'), makeBatch(id + '/1', id + 'b\\n')]);
       say(id);
     }
     await line();`,
    );
    for (let number = 0; number < at; number += 1) {
      await splitter.next();
    }

    await splitter.kill();
    const { spool, drops } = await openHere(directory);
    await spool.adoptOrphans();
    const drained = await drain(spool);

    const rows = drained.flatMap((batch) => batch.rows.toString().trimEnd().split('\n'));
    const all = Array.from({ length: 30 }, (_, number) => [`${batchIdOf(number)}a`, `${batchIdOf(number)}b`]);
    expect(rows.toSorted()).toEqual(all.flat());
    expect(drops).toEqual([]);
  },
);

it('gives each of 40 batches to one of four processes that all want them', async () => {
  const directory = await makeDirectory();
  const { ids } = await leaveOrphans(directory);
  const adopters = Array.from({ length: 4 }, () =>
    runProcess(
      directory,
      `const spool = await open();
       say('ready');
       await line();
       const adopted = await spool.adoptOrphans();
       const found = [];
       for (let batch = await spool.first(); batch; batch = await spool.first()) {
         found.push(batch.batchId);
         await spool.remove(batch.batchId);
       }
       await spool.close();
       say({ adopted, found });
       process.exit();`,
    ),
  );
  await Promise.all(adopters.map((adopter) => adopter.next()));

  for (const adopter of adopters) {
    adopter.write('go');
  }
  const answers = (await Promise.all(adopters.map(restOf))).flat() as { adopted: number; found: string[] }[];

  expect(answers.map(({ adopted, found }) => adopted - found.length)).toEqual([0, 0, 0, 0]);
  expect(answers.flatMap(({ found }) => found).toSorted()).toEqual(ids);
  expect((await listAll(directory)).length).toBe(1);
});

it('loses nothing when those who take over are killed while they do', async () => {
  const directory = await makeDirectory();
  const { pid, ids } = await leaveOrphans(directory);
  const countOfDead = async (): Promise<number> =>
    (await processFolders(directory)).filter((path) => path.includes(`@${pid}-`)).length;
  const adopters = Array.from({ length: 4 }, () =>
    runProcess(
      directory,
      `const spool = await open(); say('ready'); await line(); await spool.adoptOrphans();`,
    ),
  );
  await Promise.all(adopters.map((adopter) => adopter.next()));
  const before = await countOfDead();

  for (const adopter of adopters) {
    adopter.write('go');
  }
  while ((await countOfDead()) === before) {
    // Until the first folder has another owner: each look lets the adopters go on.
  }
  await Promise.all(adopters.map((adopter) => adopter.kill()));
  const { spool, drops } = await openHere(directory);
  await spool.adoptOrphans();
  const drained = await drain(spool);

  expect(before).toBe(20);
  expect(drained.map((batch) => batch.batchId).toSorted()).toEqual(ids);
  expect(drops).toEqual([]);
  expect((await processFolders(directory)).length).toBe(1);
});

it('takes over at once from a killed process whose parent has not noticed', async () => {
  const directory = await makeDirectory();
  // `cat` never asks for the exit code of the process that bash had started.
  const parent = runProcess(
    directory,
    `const spool = await open();
     await spool.append(makeBatch(idOf(1)));
     say(process.pid);
     await new Promise((resolve) => setTimeout(resolve, 60_000));`,
    '"$0" "$@" <&0 & exec cat;',
  );
  const pid = (await parent.next()) as number;
  process.kill(pid, 'SIGKILL');
  const { spool } = await openHere(directory);

  let adopted = 0;
  while (adopted === 0) {
    adopted = await spool.adoptOrphans();
  }

  expect(adopted).toBe(1);
  expect(() => process.kill(pid, 0)).not.toThrow();
});

const now = 1_795_392_000_000;
const fresh = now - 59_000;
const stale = now - 61_000;

it.each([
  ['a process that runs', '$pid-$start-$host', fresh, 0],
  ['a process that runs but stood still', '$pid-$start-$host', stale, 0],
  ['a process that had the same ID in this container before', '$pid-1-$host', fresh, 1],
  ['a process that is gone', '2147483646-1-$host', fresh, 1],
  ['a process whose start is unknown', '$pid-0-$host', fresh, 0],
  ['a process whose start is unknown, without a sign of life', '$pid-0-$host', stale, 1],
  ['a process of another container or machine', '2147483646-1-0123456789abcdef', fresh, 0],
  ['a process of another machine, without a sign of life', '$pid-$start-0123456789abcdef', stale, 1],
  ['a process that has let go of it', 'free', fresh, 1],
  ['an owner nobody can read', '$pid-$start', stale, 0],
])('knows an orphan: %s', async (_, owner, lastSignMs, expected) => {
  const directory = await makeDirectory();
  const { spool } = await open(directory, { now: () => now });
  const [own] = (await processFolders(directory)) as [string];
  const [pid, start, host] = own.replace(/.*@/, '').split('-') as [string, string, string];
  const left = await open(directory);
  await left.spool.append(makeBatch());
  await left.spool.close();
  const free = (await processFolders(directory)).find((path) => path.endsWith('@free')) as string;
  const named = owner.replace('$pid', pid).replace('$start', start).replace('$host', host);
  const path = free.replace(/free$/, named);
  await rename(free, path);
  await utimes(path, lastSignMs / 1_000, lastSignMs / 1_000);

  const adopted = await spool.adoptOrphans();

  const after = (await processFolders(directory)).find((found) =>
    found.startsWith(free.slice(0, -4)),
  ) as string;
  const lastSignAfter = (await stat(after)).mtimeMs;
  expect([adopted, after === path, lastSignAfter]).toEqual(
    expected === 1 ? [1, false, now] : [0, true, lastSignMs],
  );
});
