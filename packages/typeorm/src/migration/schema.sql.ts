import type { SchemaObjects } from './schema-objects.ts';

/** Answers `found` without an error, because an error would abort the transaction of the migration. */
export const schemaIsInstalled = "select to_regclass('observability.schema_version') is not null as found";

/** Which of the tables exist. */
export const existingTables =
  "select t.name from unnest($1::text[]) as t(name) where to_regclass('observability.' || t.name) is not null";

/** Keeps writers out, so that no row comes between looking for rows and dropping. */
export function lockTables(tables: readonly string[]): string {
  return `lock table ${tables.map(qualify).join(', ')} in access exclusive mode`;
}

/** The names of those tables that hold a row. */
export function selectTablesWithRows(tables: readonly string[]): string {
  return tables
    .map((table) => `select '${table}' as name where exists (select 1 from ${qualify(table)})`)
    .join('\nunion all\n');
}

/**
 * Drops what the DDL has made and the schema. There is no `cascade`: a view or table of somebody else's that depends on it
 * makes PostgreSQL refuse, instead of being dropped with it.
 */
export function dropScript({ tables, viewsAndFunctions }: SchemaObjects): string {
  const drops = viewsAndFunctions
    .toReversed()
    .map(({ kind, name }) => `drop ${kind} if exists ${qualify(name)};`);
  return `${drops.join('\n')}
drop table if exists ${tables.map(qualify).join(', ')};
drop schema if exists observability;
`;
}

function qualify(name: string): string {
  return `observability.${name}`;
}
