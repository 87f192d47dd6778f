import { decodeCopyRows, offsetAfterRows } from './copy-text.ts';
import type { EncodedBatch } from './encoded-batch.ts';

/** The two halves of a batch of at least two rows. The same batch always gives the same halves under the same IDs. */
export function splitBatch(batch: EncodedBatch): readonly [EncodedBatch, EncodedBatch] {
  const rowCount = Math.ceil(batch.rowCount / 2);
  const at = offsetAfterRows(batch.rows, rowCount);
  return [
    { ...batch, batchId: `${batch.batchId}/0`, rowCount, rows: batch.rows.subarray(0, at) },
    {
      ...batch,
      batchId: `${batch.batchId}/1`,
      rowCount: batch.rowCount - rowCount,
      rows: batch.rows.subarray(at),
    },
  ];
}

/** The first `rowCount` rows of a batch as a batch of their own, to make room. */
export function keepFirstRows(batch: EncodedBatch, rowCount: number): EncodedBatch {
  // A copy: a view would keep the memory of the whole.
  const rows = Buffer.from(batch.rows.subarray(0, offsetAfterRows(batch.rows, rowCount)));
  return { ...batch, rowCount, rows };
}

const NAMING_COLUMNS = ['operation_name', 'metric_name', 'trace_id', 'span_id'];

/** The first row by its names, for the line about a row that PostgreSQL refuses. */
export function describeFirstRow(batch: EncodedBatch): string {
  const row = decodeCopyRows(batch.rows.subarray(0, offsetAfterRows(batch.rows, 1)))[0] ?? [];
  return NAMING_COLUMNS.flatMap((column) => {
    const value = row[batch.columns.indexOf(column)];
    return value === null || value === undefined ? [] : [`${column} ${JSON.stringify(value.slice(0, 80))}`];
  }).join(', ');
}
