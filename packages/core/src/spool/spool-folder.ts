import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { lstat, lutimes, mkdir, readdir, rename, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { processStart, processState } from '../environment/process-state.ts';
import { fsErrorCode, isFolder } from './spool-disk.ts';
import { PROBE_NAME, toAsideName } from './spool-file-name.ts';

/**
 * A folder of batches. Its name is `<origin>@<owner>`: the origin stays, the owner changes by one rename, which only one of
 * many can win. So whoever ends in the middle of taking it over has either done it or not, and loses nothing.
 */
export interface SpoolFolder {
  readonly origin: string;
  readonly path: string;
}

/** Milliseconds between two signs of life of a folder's owner. */
export const HEARTBEAT_INTERVAL_MS: number = 10_000;

/** Milliseconds without a sign of life after which a folder is an orphan, unless its owner is known to run. */
export const HEARTBEAT_TIMEOUT_MS: number = 60_000;

const FOLDER_NAME = /^([0-9a-f]{16})@(?:free|([1-9]\d{0,9})-(\d{1,20})-([0-9a-f]{16}))$/;
const FREE = 'free';

/**
 * The folder of a service: a readable name, and a hash so that no two services share one.
 * @param directory taken from the working directory where it is relative
 */
export function serviceFolderOf(directory: string, serviceName: string): string {
  const readable = serviceName
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40);
  return join(resolve(directory), `${readable}-${hash(serviceName).slice(0, 8)}`);
}

/**
 * Makes a new folder of ours, and its parents.
 * @throws the error of the file system when it cannot be made or written
 */
export async function createFolder(serviceFolder: string): Promise<SpoolFolder> {
  await makeFolder(serviceFolder);
  if (!(await isFolder(serviceFolder))) {
    // A link could take us anywhere.
    throw Object.assign(new Error(`ENOTDIR: ${serviceFolder} is a link and not a folder`), {
      code: 'ENOTDIR',
    });
  }
  const folder = toFolder(serviceFolder, randomBytes(8).toString('hex'), thisProcess());
  await mkdir(folder.path, { mode: 0o700 });
  const probe = join(folder.path, toAsideName(PROBE_NAME));
  try {
    await writeFile(probe, '\n', { flag: 'wx', mode: 0o600 });
    await unlink(probe);
  } catch (error) {
    await unlink(probe).catch(() => undefined);
    await rmdir(folder.path).catch(() => undefined);
    throw error;
  }
  return folder;
}

/**
 * Names of the folders whose owner is gone or has let go of them. The owner is gone when its process ended on this machine, or
 * when it has given no sign of life for a minute and is not known to run: on another machine, in another container, or
 * before the machine was started again.
 * @param now epoch milliseconds
 */
export async function findOrphans(serviceFolder: string, now: number): Promise<string[]> {
  const orphans: string[] = [];
  for (const entry of await listFolder(serviceFolder)) {
    if (entry.isDirectory() && (await isOrphan(serviceFolder, entry.name, now))) {
      orphans.push(entry.name);
    }
  }
  return orphans;
}

/** Takes a folder over. Undefined when another process was faster, or it cannot be had. */
export async function claimFolder(
  serviceFolder: string,
  name: string,
  now: number,
): Promise<SpoolFolder | undefined> {
  const folder = toFolder(serviceFolder, name.slice(0, 16), thisProcess());
  try {
    // Before the rename, so that the folder never stands under our name with the last sign of life of the one before.
    await touchFolder({ ...folder, path: join(serviceFolder, name) }, now);
    await rename(join(serviceFolder, name), folder.path);
    return folder;
  } catch {
    return undefined;
  }
}

/** Removes an empty folder, and lets go of another, so that any process may take it over at once. */
export async function releaseFolder(serviceFolder: string, folder: SpoolFolder): Promise<void> {
  try {
    await rmdir(folder.path);
  } catch {
    // Not empty. Where it cannot be renamed either, it is taken over when this process has ended.
    await rename(folder.path, toFolder(serviceFolder, folder.origin, FREE).path).catch(() => undefined);
  }
}

/** A sign of life. */
export async function touchFolder(folder: SpoolFolder, now: number): Promise<void> {
  await lutimes(folder.path, now / 1_000, now / 1_000);
}

/** Whether a folder that is no longer where it was is there under another owner. */
export async function hasOtherOwner(serviceFolder: string, folder: SpoolFolder): Promise<boolean> {
  const entries = await listFolder(serviceFolder);
  return entries.some(({ name }) => name.startsWith(`${folder.origin}@`));
}

// Not the `recursive` of Node.js: below /proc, which answers ENOENT to every mkdir, it tries forever.
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (fsErrorCode(error) === 'ENOENT' && dirname(path) !== path) {
      await makeFolder(dirname(path));
      await mkdir(path, { mode: 0o700 }).catch((again: unknown) => throwUnlessFolder(path, again));
    } else {
      await throwUnlessFolder(path, error);
    }
  }
}

async function throwUnlessFolder(path: string, error: unknown): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    throw error;
  }
}

async function isOrphan(serviceFolder: string, name: string, now: number): Promise<boolean> {
  const match = FOLDER_NAME.exec(name);
  if (match === null) {
    return false;
  }
  const [, , pid, startedAt, host] = match;
  if (pid === undefined) {
    return true;
  }
  // A process ID says something only where the same processes are seen.
  const state =
    host === thisHost()
      ? processState(Number(pid), startedAt === '0' ? null : (startedAt ?? null))
      : 'unknown';
  if (state !== 'unknown') {
    return state === 'gone';
  }
  try {
    return now - (await lstat(join(serviceFolder, name))).mtimeMs > HEARTBEAT_TIMEOUT_MS;
  } catch {
    return false;
  }
}

async function listFolder(path: string): Promise<{ name: string; isDirectory(): boolean }[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (fsErrorCode(error) === 'ENOENT') {
      return [];
    }
    throw error;
  }
}

function toFolder(serviceFolder: string, origin: string, owner: string): SpoolFolder {
  return { origin, path: join(serviceFolder, `${origin}@${owner}`) };
}

function thisProcess(): string {
  return `${process.pid}-${processStart(process.pid) ?? '0'}-${thisHost()}`;
}

let host: string | undefined;

// Two containers may have one host name and one volume, and the machine may have been started again: process IDs are
// compared only within one boot and one namespace. Elsewhere than on Linux the host name alone is known.
function thisHost(): string {
  host ??= hash(
    JSON.stringify([
      hostname(),
      tryRead(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
      tryRead(() => readlinkSync('/proc/self/ns/pid')),
    ]),
  ).slice(0, 16);
  return host;
}

function tryRead(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
