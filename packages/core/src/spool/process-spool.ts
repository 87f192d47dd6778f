import { rmdir } from 'node:fs/promises';
import type { EncodedBatch } from '../ingest/encoded-batch.ts';
import type { Spool, SpoolDropReason, SpoolOptions } from './spool.ts';
import { fsErrorCode, isFolder, unlinkAll } from './spool-disk.ts';
import { readEntries, readEntry, sizeOf, writeEntry } from './spool-entry.ts';
import type { SpoolEntry } from './spool-entry.ts';
import { batchToFile } from './spool-file.ts';
import type { FileParts } from './spool-file.ts';
import {
  claimFolder,
  createFolder,
  findOrphans,
  hasOtherOwner,
  HEARTBEAT_INTERVAL_MS,
  releaseFolder,
  touchFolder,
} from './spool-folder.ts';
import type { SpoolFolder } from './spool-folder.ts';
import { SpoolIndex } from './spool-index.ts';
import type { SpoolStats } from './spool-index.ts';

/** The {@link Spool} of this process: its own folder, and those it has taken over. */
export class ProcessSpool implements Spool {
  readonly #options: SpoolOptions;
  readonly #serviceFolder: string;
  readonly #index = new SpoolIndex();
  readonly #adopted = new Set<SpoolFolder>();
  readonly #heartbeat: NodeJS.Timeout;
  #own: SpoolFolder;
  #order = 0;
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(options: SpoolOptions, serviceFolder: string, own: SpoolFolder) {
    this.#options = options;
    this.#serviceFolder = serviceFolder;
    this.#own = own;
    this.#heartbeat = setInterval(() => this.#touch(), HEARTBEAT_INTERVAL_MS).unref();
  }

  append(batch: EncodedBatch): Promise<'spooled' | 'full'> {
    return this.#inTurn(() => this.#append(batch));
  }

  first(): Promise<EncodedBatch | undefined> {
    return this.#inTurn(() => this.#first());
  }

  remove(batchId: string): Promise<void> {
    return this.#inTurn(async () => {
      const entry = this.#index.get(batchId);
      if (entry !== undefined) {
        await unlinkAll([...entry.shadows, entry.path]);
        await this.#forget(entry);
      }
    });
  }

  split(batchId: string, halves: readonly EncodedBatch[]): Promise<void> {
    return this.#inTurn(() => this.#split(batchId, halves));
  }

  adoptOrphans(): Promise<number> {
    return this.#inTurn(async () => {
      let batches = 0;
      for (const name of await findOrphans(this.#serviceFolder, this.#now())) {
        const folder = await claimFolder(this.#serviceFolder, name, this.#now());
        batches += folder === undefined ? 0 : await this.#takeIn(folder);
      }
      return batches;
    });
  }

  stats(): SpoolStats {
    return this.#index.stats();
  }

  close(): Promise<void> {
    this.#closing ??= this.#last.then(async () => {
      clearInterval(this.#heartbeat);
      for (const folder of [...this.#adopted, this.#own]) {
        await releaseFolder(this.#serviceFolder, folder);
      }
    });
    return this.#closing;
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closing !== undefined) {
      return Promise.reject(new Error('The spool is closed.'));
    }
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  async #append(batch: EncodedBatch): Promise<'spooled' | 'full'> {
    if (this.#index.relative(batch.batchId) !== undefined) {
      return 'spooled';
    }
    const parts = batchToFile(batch, this.#options.knownColumns);
    if (this.#index.stats().bytes + sizeOf(parts) > this.#options.maxBytes) {
      return 'full';
    }
    try {
      this.#index.add(await this.#write(this.#own, batch, parts));
    } catch (error) {
      if (fsErrorCode(error) !== 'ENOENT' || (await isFolder(this.#own.path))) {
        throw error;
      }
      // Removed by a person, or taken over after this process had stood still.
      await this.#loseFolder(this.#own);
      this.#own = await createFolder(this.#serviceFolder);
      this.#index.add(await this.#write(this.#own, batch, parts));
    }
    return 'spooled';
  }

  async #write(folder: SpoolFolder, batch: EncodedBatch, parts: FileParts): Promise<SpoolEntry> {
    const order = this.#order;
    this.#order += 1;
    return writeEntry(folder, batch, order, parts);
  }

  async #first(): Promise<EncodedBatch | undefined> {
    for (let entry = this.#index.oldest(); entry !== undefined; entry = this.#index.oldest()) {
      if (entry.cutAtMs < this.#now() - this.#options.maxAgeMs) {
        await this.#drop(entry, 'spool_expired');
        continue;
      }
      try {
        const batch = await readEntry(entry, this.#options.knownColumns);
        if (batch !== undefined) {
          return batch;
        }
      } catch (error) {
        if (fsErrorCode(error) !== 'ENOENT') {
          throw error;
        }
        if (!(await isFolder(entry.folder.path))) {
          await this.#loseFolder(entry.folder);
          continue;
        }
      }
      await this.#drop(entry, 'spool_damaged');
    }
    return undefined;
  }

  async #split(batchId: string, halves: readonly EncodedBatch[]): Promise<void> {
    const entry = this.#index.get(batchId);
    if (entry === undefined) {
      throw missing(batchId);
    }
    const ids = halves.map((half) => half.batchId).toSorted();
    if (ids.join() !== `${batchId}/0,${batchId}/1`) {
      throw new TypeError(`Not the halves of ${batchId}: ${ids.join(', ')}.`);
    }
    await unlinkAll(entry.shadows);
    entry.shadows.length = 0;
    // Beside the whole, so that a folder always has the whole family.
    const written: SpoolEntry[] = [];
    try {
      for (const half of halves) {
        written.push(await this.#write(entry.folder, half, batchToFile(half, this.#options.knownColumns)));
      }
      await unlinkAll([entry.path]);
    } catch (error) {
      const paths = written.map((half) => half.path);
      await unlinkAll(paths).catch(() => entry.shadows.push(...paths));
      await this.#loseIfGone(entry);
      throw error;
    }
    await this.#loseIfGone(entry);
    this.#index.delete(entry);
    for (const half of written) {
      this.#index.add(half);
    }
  }

  // Unlinking what was moved away goes well: only the folder tells that the batch has another owner.
  async #loseIfGone(entry: SpoolEntry): Promise<void> {
    if (!(await isFolder(entry.folder.path))) {
      await this.#loseFolder(entry.folder);
      throw missing(entry.batchId);
    }
  }

  async #drop(entry: SpoolEntry, reason: SpoolDropReason): Promise<void> {
    // What cannot be removed now is found again, and counted again, by the next process.
    await unlinkAll([...entry.shadows, entry.path]).catch(() => undefined);
    await this.#forget(entry);
    this.#options.onDropped(entry.signal, reason, entry.rowCount);
  }

  async #forget(entry: SpoolEntry): Promise<void> {
    this.#index.delete(entry);
    if (this.#adopted.has(entry.folder) && !this.#index.hasSomeIn(entry.folder)) {
      await this.#removeIfEmpty(entry.folder);
    }
  }

  async #removeIfEmpty(folder: SpoolFolder): Promise<void> {
    await rmdir(folder.path).then(
      () => this.#adopted.delete(folder),
      () => undefined,
    );
  }

  async #loseFolder(folder: SpoolFolder): Promise<void> {
    const isElsewhere = await hasOtherOwner(this.#serviceFolder, folder);
    this.#adopted.delete(folder);
    for (const entry of this.#index.inFolder(folder)) {
      this.#index.delete(entry);
      if (!isElsewhere) {
        this.#options.onDropped(entry.signal, 'spool_damaged', entry.rowCount);
      }
    }
  }

  async #takeIn(folder: SpoolFolder): Promise<number> {
    try {
      const entries = await readEntries(folder);
      this.#adopted.add(folder);
      if (entries.length === 0) {
        await this.#removeIfEmpty(folder);
      }
      return this.#index.addAll(entries);
    } catch {
      // Somebody else may read it.
      await releaseFolder(this.#serviceFolder, folder);
      return 0;
    }
  }

  #touch(): void {
    for (const folder of [...this.#adopted, this.#own]) {
      // A folder that is gone is noticed when it is used.
      touchFolder(folder, this.#now()).catch(() => undefined);
    }
  }
}

function missing(batchId: string): Error {
  return Object.assign(new Error(`ENOENT: the spool has no batch ${batchId}`), { code: 'ENOENT' });
}
