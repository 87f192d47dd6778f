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
