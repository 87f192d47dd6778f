/** The row of the ledger. Answers no row when the batch is already stored. */
export const insertIngestBatch = `
insert into observability.ingest_batches (batch_id, signal, row_count)
values ($1::text, $2::text, $3::integer)
on conflict do nothing
returning batch_id`;
