import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { EncodedBatch } from '../../src/ingest/encoded-batch.ts';
import { openSpool } from '../../src/spool/open-spool.ts';
import type { Spool, SpoolOptions } from '../../src/spool/spool.ts';
import { knownColumns } from './batches.ts';

export interface OpenedSpool {
  spool: Spool;
  /** What was given up: signal, reason, rows. */
  drops: [string, string, number][];
}

/** A folder that is removed when the test has ended. */
export async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'spool-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Opens a spool of the service `orders`; closed when the test has ended. */
export async function open(directory: string, changes: Partial<SpoolOptions> = {}): Promise<OpenedSpool> {
  const drops: OpenedSpool['drops'] = [];
  const spool = await openSpool({
    directory,
    serviceName: 'orders',
    maxBytes: 10_000_000,
    maxAgeMs: Infinity,
    knownColumns,
    onDropped: (...drop) => drops.push(drop),
    ...changes,
  });
  onTestFinished(() => spool.close());
  return { spool, drops };
}

/** Takes everything out, as it comes. */
export async function drain(spool: Spool): Promise<EncodedBatch[]> {
  const batches: EncodedBatch[] = [];
  for (let batch = await spool.first(); batch !== undefined; batch = await spool.first()) {
    batches.push(batch);
    await spool.remove(batch.batchId);
  }
  return batches;
}

/** All files and folders below a folder, by their paths in it. */
export async function listAll(directory: string): Promise<string[]> {
  return (await readdir(directory, { recursive: true })).toSorted();
}

/** The folders of the processes, with their paths. */
export async function processFolders(directory: string): Promise<string[]> {
  const [service] = await readdir(directory);
  const folder = join(directory, service as string);
  return (await readdir(folder)).toSorted().map((name) => join(folder, name));
}
