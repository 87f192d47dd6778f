import { textToLiteral } from '../storage/text-to-literal.ts';
import type { EncodedBatch } from './encoded-batch.ts';

/** The row of the ledger. Answers no row when the batch is already stored. */
export const insertIngestBatch = `
insert into observability.ingest_batches (batch_id, signal, row_count)
values ($1::text, $2::text, $3::integer)
on conflict do nothing
returning batch_id`;

/**
 * The same, and the commit of this transaction does not wait for the disk. PostgreSQL looks at the setting when it commits, so
 * it needs no round trip of its own; `true` makes it local to the transaction, which is all that PgBouncer passes through safely.
 */
export const insertIngestBatchWithoutWaiting = `
insert into observability.ingest_batches (batch_id, signal, row_count)
select $1::text, $2::text, $3::integer
from set_config('synchronous_commit', 'off', true)
on conflict do nothing
returning batch_id`;

/**
 * The same without values, for what goes in front of COPY in one message. A batch that is already stored is refused with 23505
 * there, because COPY could not be left out.
 */
export function claimIngestBatch(
  { batchId, signal, rowCount }: Pick<EncodedBatch, 'batchId' | 'signal' | 'rowCount'>,
  waitsForDisk: boolean,
): string {
  const setting = waitsForDisk ? '' : 'set local synchronous_commit = off; ';
  const values = `${textToLiteral(batchId)}, ${textToLiteral(signal)}, ${rowCount}`;
  return `${setting}insert into observability.ingest_batches (batch_id, signal, row_count) values (${values})`;
}

/** Whether a batch is in the ledger. */
export const selectIngestBatch = `
select row_count from observability.ingest_batches where batch_id = $1::text`;
