import { insertIngestBatch } from '../../ingest/ingest-batch.sql.ts';
import { partitionExists } from '../../storage/partitions.sql.ts';
import { SCHEMA_VERSION } from '../../storage/schema/ensure-observability-tables.ts';
import { readSchemaVersion } from '../../storage/schema/schema.sql.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import type { SpanRow } from '../../tracing/span-row.ts';
import { insertResources, insertScopes, insertSpans } from '../../tracing/spans.sql.ts';
import { selectRecordedSpans } from '../recorded.sql.ts';
import type { MemoryStatement, MemoryTables } from './memory-tables.ts';

/** What the statements about spans, batches and the schema do. */
export const spanStatements: readonly (readonly [text: string, run: MemoryStatement])[] = [
  [insertSpans, insert],
  [selectRecordedSpans, select],
  // Nothing here reads them back: a span has its service's name in the row.
  [insertResources, () => []],
  [insertScopes, () => []],
  [insertIngestBatch, insertBatch],
  [partitionExists, () => [{ found: true }]],
  [readSchemaVersion, () => [{ version: SCHEMA_VERSION, min_compatible: 1 }]],
  ['select 1', () => [{ '?column?': 1 }]],
];

function insert(tables: MemoryTables, [json]: readonly unknown[]): SqlRow[] {
  tables.spans.push(...(JSON.parse(json as string) as SpanRow[]));
  return [];
}

function select(tables: MemoryTables, [since]: readonly unknown[]): SqlRow[] {
  return tables.spans
    .filter((row) => row.end_us >= (since as number) * 1_000)
    .sort((a, b) => a.start_us - b.start_us)
    .map((row) => ({
      ...row,
      row_id: row.trace_id + row.span_id,
      start_ms: row.start_us / 1_000,
      duration_ms: row.duration_ns / 1e6,
      attributes: JSON.stringify(row.attributes),
      events: JSON.stringify(row.events ?? []),
    }));
}

function insertBatch(tables: MemoryTables, [id]: readonly unknown[]): SqlRow[] {
  if (tables.batches.includes(id as string)) {
    return [];
  }
  tables.batches.push(id as string);
  return [{ batch_id: id }];
}
