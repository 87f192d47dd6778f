import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';

/** Copies a tree with modes that let every user read it, whatever this process's umask is. */
function copyTree(source: string, target: string): void {
  mkdirSync(target);
  chmodSync(target, 0o755);
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) {
      copyTree(from, to);
    } else if (entry.isSymbolicLink()) {
      symlinkSync(readlinkSync(from), to);
    } else {
      copyFileSync(from, to, constants.COPYFILE_FICLONE);
      chmodSync(to, (lstatSync(from).mode & 0o100) === 0 ? 0o644 : 0o755);
    }
  }
}

/**
 * Whether a copy still has everything. Cleaners of temporary folders delete single old files, which
 * leaves a tree that looks complete from above.
 */
function isCompleteCopy(source: string, target: string): boolean {
  return readdirSync(source, { withFileTypes: true }).every((entry) => {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    const found = lstatSync(to, { throwIfNoEntry: false });
    if (found === undefined) {
      return false;
    }
    return entry.isDirectory() ? isCompleteCopy(from, to) : found.size === lstatSync(from).size;
  });
}

/** Throws when somebody else owns, or could have changed, what we are about to run. */
function assertOwn(folder: string): void {
  const stats = lstatSync(folder);
  const isOwn = stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0;
  if (process.platform !== 'win32' && !isOwn) {
    throw new Error(`${folder} belongs to somebody else or is writable by others: remove it and try again`);
  }
}

/**
 * Makes `target` a copy of `source` that any user can read, or reuses the one that is there.
 *
 * Processes that do so at the same time are safe: each copies into a folder of its own beside the
 * target, and the first rename wins.
 *
 * @param source Folder to copy.
 * @param target Folder that is to exist afterwards; its name must say the version of what is inside.
 * @throws {Error} when `target` exists and belongs to another user or is writable by others.
 */
export function copyReadable(source: string, target: string): void {
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) {
    assertOwn(target);
    if (isCompleteCopy(source, target)) {
      return;
    }
    const broken = `${target}.${randomUUID()}`;
    renameSync(target, broken);
    rmSync(broken, { recursive: true, force: true });
  }
  const partial = `${target}.${randomUUID()}`;
  copyTree(source, partial);
  try {
    renameSync(partial, target);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (lstatSync(target, { throwIfNoEntry: false }) === undefined) {
      throw error;
    }
    assertOwn(target);
  }
}
