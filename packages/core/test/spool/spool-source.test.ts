import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SPAN_COLUMNS } from '../../src/ingest/ingest-columns.ts';
import type { SpoolSource } from '../../src/ingest/spool-mover.ts';
import { createSpoolSource } from '../../src/spool/spool-source.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pg-observability-spool-source-'));
});
afterEach(() => rm(directory, { recursive: true }));

function sourceFor(target: string | undefined): SpoolSource {
  return createSpoolSource({
    directory,
    maxBytes: 1_000_000,
    maxAgeMs: 60_000,
    serviceName: () => 'orders',
    target,
    onDropped: () => undefined,
  });
}

it('gives what was meant for one database only to a process that writes to the same one', async () => {
  const spool = await sourceFor('db:5432/shop').open();
  await spool.append({
    batchId: 'a'.repeat(32),
    signal: 'spans',
    columns: SPAN_COLUMNS,
    rowCount: 1,
    partitionTimes: [Date.now()],
    origins: { resources: [], scopes: [] },
    cutAtMs: Date.now(),
    rows: Buffer.from(`${SPAN_COLUMNS.map(() => 'x').join('\t')}\n`),
  });
  await spool.close();

  const may = ['db:5432/staging', undefined, 'db:5432/shop'].map((target) =>
    sourceFor(target).mayHaveOrphans(),
  );
  const next = await sourceFor('db:5432/shop').open();
  const adopted = await next.adoptOrphans();
  await next.close();

  expect({ may, adopted }).toEqual({ may: [false, false, true], adopted: 1 });
});
