import { insertIngestBatch } from '../../ingest/ingest-batch.sql.ts';
import { insertResources, insertScopes } from '../../ingest/insert-rows.sql.ts';
import { partitionExists } from '../../storage/partitions.sql.ts';
import { SCHEMA_VERSION } from '../../storage/schema/ensure-observability-tables.ts';
import { readSchemaVersion } from '../../storage/schema/schema.sql.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import { selectRecordedSpans } from '../recorded.sql.ts';
import type { MemoryStatement, MemoryTables } from './memory-tables.ts';

/** What the statements about spans, batches and the schema do. */
export const spanStatements: readonly (readonly [text: string, run: MemoryStatement])[] = [
  [selectRecordedSpans, select],
  // Nothing here reads them back: a span has its service's name in the row.
  [insertResources, () => []],
  [insertScopes, () => []],
  [insertIngestBatch, insertBatch],
  [partitionExists, () => [{ found: true }]],
  [readSchemaVersion, () => [{ version: SCHEMA_VERSION, min_compatible: 1 }]],
  ['select 1', () => [{ '?column?': 1 }]],
];

function select(tables: MemoryTables, [since]: readonly unknown[]): SqlRow[] {
  return tables.spans
    .filter((row) => row.end_ms >= (since as number))
    .sort((a, b) => a.start_ms - b.start_ms || b.end_ms - a.end_ms)
    .map((row) => ({ ...row, row_id: row.trace_id + row.span_id, events: row.events ?? '[]' }));
}

function insertBatch(tables: MemoryTables, [id]: readonly unknown[]): SqlRow[] {
  if (tables.batches.includes(id as string)) {
    return [];
  }
  tables.batches.push(id as string);
  return [{ batch_id: id }];
}
