import { SCHEMA_DDL, SCHEMA_MIGRATIONS } from './embedded-schema.generated.ts';
import { installScript } from './schema.sql.ts';

/**
 * The statements with which `ensureObservabilityTables` installs the schema where there is none: a lock, the DDL and the
 * version row. For migration tools that run SQL in a transaction of their own; where the schema is there already it changes
 * nothing.
 *
 * @returns SQL, several statements, without parameters
 * @example `await client.query(schemaInstallScript());`
 */
export function schemaInstallScript(): string {
  const latest = SCHEMA_MIGRATIONS.at(-1);
  return installScript(SCHEMA_DDL, latest?.version ?? 1, latest?.minCompatible ?? 1);
}
