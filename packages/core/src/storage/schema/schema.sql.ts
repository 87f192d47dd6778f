import type { SchemaMigration } from './schema-migration.ts';

/** Any number would do; it only has to be the same in every process. */
const INSTALL_LOCK = 7_023_847_110_241;

/** SQLSTATE our own guard raises when another process has changed the version first. */
export const schemaVersionMoved = 'PO001';

/** The one round trip on an up-to-date schema. */
export const readSchemaVersion = 'select version, min_compatible from observability.schema_version';

/** Installs everything as one implicit transaction, under a lock, so that processes that start together take turns. */
export function installScript(ddl: string, version: number, minCompatible: number): string {
  return `select pg_advisory_xact_lock(${INSTALL_LOCK});
${ddl}
insert into observability.schema_version (version, min_compatible)
values (${Number(version)}, ${Number(minCompatible)}) on conflict do nothing;
`;
}

/** Applies one migration as one implicit transaction, unless the version has moved in the meantime. */
export function migrationScript(from: number, migration: SchemaMigration): string {
  return `select pg_advisory_xact_lock(${INSTALL_LOCK});
do $guard$ begin
  if (select version from observability.schema_version) is distinct from ${Number(from)} then
    raise exception 'the schema version has moved' using errcode = '${schemaVersionMoved}';
  end if;
end $guard$;
${migration.text}
update observability.schema_version
set version = ${Number(migration.version)}, min_compatible = ${Number(migration.minCompatible)}, updated_at = now();
`;
}
