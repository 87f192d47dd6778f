import { constants } from 'node:fs';
import { lstat, open, rename, unlink } from 'node:fs/promises';
import { toAsideName } from './spool-file-name.ts';

/** The `code` of a failure of the file system; undefined for other errors. */
export function fsErrorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/**
 * Writes a file that is there whole or not at all: aside first, then renamed. Not synced to the disk: what was written
 * survives the process, however it ends, but the last second may be lost with the machine's power.
 * @throws the error of the file system; nothing is left behind then
 */
export async function writeWhole(path: string, parts: readonly Buffer[]): Promise<void> {
  const aside = toAsideName(path);
  const handle = await open(aside, 'wx', 0o600);
  try {
    try {
      for (const part of parts) {
        await handle.writeFile(part);
      }
    } finally {
      await handle.close();
    }
    await rename(aside, path);
  } catch (error) {
    await unlink(aside).catch(() => undefined);
    throw error;
  }
}

// Nothing is wrong with the file: the process lacks what it needs to read it just now.
const OUT_OF_RESOURCES: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']);

/**
 * Reads a file that is an ordinary one of the size we know.
 * @returns undefined when it cannot be read or is anything else
 * @throws `ENOENT` when there is none, `EMFILE` and the like when it is worth another try
 */
export async function readWhole(path: string, size: number): Promise<Buffer | undefined> {
  try {
    // Without waiting and without following a link: neither a pipe nor a link may take us elsewhere.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    const handle = await open(path, flags);
    try {
      const found = await handle.stat();
      return found.isFile() && found.size === size ? await handle.readFile() : undefined;
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = fsErrorCode(error);
    if (code === 'ENOENT' || OUT_OF_RESOURCES.has(code)) {
      throw error;
    }
    return undefined;
  }
}

/** Removes files in their order, the missing ones too. Stops at the first that cannot be removed, and rejects. */
export async function unlinkAll(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    try {
      await unlink(path);
    } catch (error) {
      if (fsErrorCode(error) !== 'ENOENT') {
        throw error;
      }
    }
  }
}

/** Whether it is a folder itself, and no link to one. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch {
    return false;
  }
}
