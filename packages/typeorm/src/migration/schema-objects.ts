/** What the DDL of the schema makes, by name and without the schema. */
export interface SchemaObjects {
  tables: readonly string[];
  views: readonly string[];
  /** Of these the library makes one each by a name, so that the name is enough to drop it. */
  functions: readonly string[];
}

/** Tables with notes of the library's own, which are worth nothing once the others are empty. */
const BOOKKEEPING = new Set(['schema_version', 'leases', 'ingest_batches', 'resources', 'scopes']);

/** Reads the names out of the DDL, so that what is dropped cannot differ from what was made. */
export function findSchemaObjects(ddl: string): SchemaObjects {
  const names = (pattern: RegExp): string[] => [...ddl.matchAll(pattern)].map((match) => match[1] ?? '');
  return {
    tables: names(/^create table if not exists observability\.(\w+)/gim),
    views: names(/^create (?:or replace )?view observability\.(\w+)/gim),
    functions: names(/^create (?:or replace )?function observability\.(\w+)/gim),
  };
}

/** The tables whose rows people would miss. */
export function dataTables({ tables }: SchemaObjects): string[] {
  return tables.filter((table) => !BOOKKEEPING.has(table));
}
