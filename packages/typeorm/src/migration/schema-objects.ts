/** What the DDL of the schema makes, by name and without the schema. */
export interface SchemaObjects {
  tables: readonly string[];
  views: readonly string[];
  /** Views and functions in the order they are made: each may use those before it. One function has a name at most. */
  viewsAndFunctions: readonly { kind: 'view' | 'function'; name: string }[];
}

/** Tables with notes of the library's own, which are worth nothing once the others are empty. */
const BOOKKEEPING = new Set([
  'schema_version',
  'leases',
  'ingest_batches',
  'metric_rollup_pending',
  'metric_rollup_state',
  'resources',
  'scopes',
]);

/** Reads the names out of the DDL, so that what is dropped cannot differ from what was made. */
export function findSchemaObjects(ddl: string): SchemaObjects {
  const tables = [...ddl.matchAll(/^create table if not exists observability\.(\w+)/gim)];
  const others = [...ddl.matchAll(/^create (?:or replace )?(view|function) observability\.(\w+)/gim)];
  const viewsAndFunctions = others.map(([, kind, name = '']) => ({
    kind: kind?.toLowerCase() === 'view' ? ('view' as const) : ('function' as const),
    name,
  }));
  return {
    tables: tables.map(([, name = '']) => name),
    views: viewsAndFunctions.filter(({ kind }) => kind === 'view').map(({ name }) => name),
    viewsAndFunctions,
  };
}

/** The tables whose rows people would miss. */
export function dataTables({ tables }: SchemaObjects): string[] {
  return tables.filter((table) => !BOOKKEEPING.has(table));
}
