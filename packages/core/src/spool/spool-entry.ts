import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EncodedBatch } from '../ingest/encoded-batch.ts';
import { isFolder, readWhole, unlinkAll, writeWhole } from './spool-disk.ts';
import { fileToBatch } from './spool-file.ts';
import type { FileParts, KnownColumns } from './spool-file.ts';
import { fromFileName, isAsideName, toFileName } from './spool-file-name.ts';
import type { SpoolFileName } from './spool-file-name.ts';
import type { SpoolFolder } from './spool-folder.ts';

/** A batch on disk, as its file's name tells. */
export interface SpoolEntry extends SpoolFileName {
  readonly folder: SpoolFolder;
  readonly path: string;
  /** Size of the file. */
  readonly bytes: number;
  /** Further files with rows of this batch. They go before its own file does, or they would be stored a second time. */
  readonly shadows: string[];
}

/** Writes a batch into a folder. */
export async function writeEntry(
  folder: SpoolFolder,
  batch: EncodedBatch,
  order: number,
  parts: FileParts,
): Promise<SpoolEntry> {
  const { batchId, signal, rowCount, cutAtMs } = batch;
  const name = { batchId, signal, rowCount, cutAtMs: Math.floor(cutAtMs), order };
  const path = join(folder.path, toFileName(name));
  await writeWhole(path, parts);
  return { ...name, folder, path, bytes: sizeOf(parts), shadows: [] };
}

/**
 * Reads a batch back.
 * @returns undefined when it is damaged
 * @throws `ENOENT` when it is not there, `EMFILE` and the like when it is worth another try
 */
export async function readEntry(
  entry: SpoolEntry,
  knownColumns: KnownColumns,
): Promise<EncodedBatch | undefined> {
  const bytes = await readWhole(entry.path, entry.bytes);
  return bytes && fileToBatch(bytes, entry, knownColumns);
}

/**
 * What is in a folder that was taken over. The rests of unfinished files are removed; whatever else is there stays.
 * @throws the error of the file system
 */
export async function readEntries(folder: SpoolFolder): Promise<SpoolEntry[]> {
  if (!(await isFolder(folder.path))) {
    throw new Error(`${folder.path} is a link and not a folder.`);
  }
  const entries: SpoolEntry[] = [];
  for (const fileName of await readdir(folder.path)) {
    const path = join(folder.path, fileName);
    const name = fromFileName(fileName);
    if (name !== undefined) {
      const found = await lstat(path);
      if (found.isFile()) {
        entries.push({ ...name, folder, path, bytes: found.size, shadows: [] });
      }
    } else if (isAsideName(fileName)) {
      await unlinkAll([path]).catch(() => undefined);
    }
  }
  return entries;
}

/** Bytes of a file. */
export function sizeOf(parts: FileParts): number {
  return parts.reduce((bytes, part) => bytes + part.length, 0);
}
