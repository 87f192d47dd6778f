import { textToLiteral } from '../storage/text-to-literal.ts';
import type { EncodedBatch } from './encoded-batch.ts';

const MINUTE_MS = 60_000;

/** The row of the ledger. Answers no row when the batch is already stored. */
export const insertIngestBatch = `
insert into observability.ingest_batches (batch_id, signal, row_count, rollup_minutes)
values ($1::text, $2::text, $3::integer, $4::integer[])
on conflict do nothing
returning batch_id`;

/**
 * The same, and the commit of this transaction does not wait for the disk. PostgreSQL looks at the setting when it commits, so
 * it needs no round trip of its own; `true` makes it local to the transaction, which is all that PgBouncer passes through safely.
 */
export const insertIngestBatchWithoutWaiting = `
insert into observability.ingest_batches (batch_id, signal, row_count, rollup_minutes)
select $1::text, $2::text, $3::integer, $4::integer[]
from set_config('synchronous_commit', 'off', true)
on conflict do nothing
returning batch_id`;

/**
 * The same without values, for what goes in front of COPY in one message. A batch that is already stored is refused with 23505
 * there, because COPY could not be left out.
 */
export function claimIngestBatch(batch: LedgerEntry, waitsForDisk: boolean): string {
  const setting = waitsForDisk ? '' : 'set local synchronous_commit = off; ';
  const [batchId, signal, rowCount, minutes] = ledgerValues(batch);
  const literals = [
    textToLiteral(batchId),
    textToLiteral(signal),
    String(rowCount),
    minutes === null ? 'null' : `${textToLiteral(minutes)}::integer[]`,
  ];
  return `${setting}insert into observability.ingest_batches (batch_id, signal, row_count, rollup_minutes) values (${literals.join(', ')})`;
}

/** What the ledger keeps of a batch. */
type LedgerEntry = Pick<EncodedBatch, 'batchId' | 'signal' | 'rowCount' | 'partitionTimes'>;

/** The values of {@link insertIngestBatch}. Minutes in which there are points, for what sums points up. */
export function ledgerValues({
  batchId,
  signal,
  rowCount,
  partitionTimes,
}: LedgerEntry): [batchId: string, signal: string, rowCount: number, minutes: string | null] {
  const minutes = new Set(partitionTimes.map((time) => Math.floor(time / MINUTE_MS)));
  return [batchId, signal, rowCount, signal === 'metrics' ? `{${[...minutes].join(',')}}` : null];
}

/** Whether a batch is in the ledger. */
export const selectIngestBatch = `
select row_count from observability.ingest_batches where batch_id = $1::text`;
