import { ObservabilityError } from '../../errors/observability-error.ts';
import { createLog } from '../../logging/log-once.ts';
import type { ObservabilityLogger } from '../../logging/logger.ts';
import { untraced } from '../../tracing/untraced.ts';
import { sqlState } from '../sql-state.ts';
import type { SqlStore } from '../sql-store.ts';
import { toStoreError } from '../store-errors.ts';
import { SCHEMA_DDL, SCHEMA_MIGRATIONS } from './embedded-schema.generated.ts';
import type { SchemaMigration } from './schema-migration.ts';
import { planSchema } from './plan-schema.ts';
import type { InstalledSchema, SchemaPlan } from './plan-schema.ts';
import { installScript, migrationScript, readSchemaVersion, schemaVersionMoved } from './schema.sql.ts';

/** What to do about the schema: install or upgrade it, only look whether it fits, or trust that it does. */
export type SchemaMode = 'ensure' | 'verify' | 'off';

/** Options of {@link ensureObservabilityTables}. */
export interface EnsureOptions {
  /** Default `ensure`. */
  schema?: SchemaMode | undefined;
  /** Default: the console. */
  logger?: ObservabilityLogger | undefined;
  /** @internal Another set of scripts, for the tests of upgrades. */
  scripts?: SchemaScripts | undefined;
}

/** @internal What is installed and upgraded. */
export interface SchemaScripts {
  ddl: string;
  migrations: readonly SchemaMigration[];
}

/** What {@link ensureObservabilityTables} found or did. */
export interface SchemaStatus {
  /** Version that is installed now; null when `schema` is `off`. */
  version: number | null;
  /** What was done. */
  outcome: 'installed' | 'upgraded' | 'up_to_date' | 'unchecked';
}

/** Version of the schema this library was built with. */
export const SCHEMA_VERSION: number = SCHEMA_MIGRATIONS.at(-1)?.version ?? 1;

/**
 * Makes sure that the schema `observability` is there: installs it, upgrades an older one, leaves an up-to-date one alone
 * (one round trip). Any number of processes may call it at once.
 *
 * Without the right to create, it only verifies, and one log line says which SQL to run.
 *
 * @param store where to install
 * @param options `schema`: `ensure` (default), `verify` (never changes anything) or `off`
 * @throws `SCHEMA_MISSING` when it is not there and may not be created, `SCHEMA_INCOMPATIBLE` when the installed version does
 * not fit, `STORE_UNAVAILABLE` when the database is away
 * @example `await ensureObservabilityTables(postgresStore(process.env.DATABASE_URL));`
 */
export async function ensureObservabilityTables(
  store: SqlStore,
  options: EnsureOptions = {},
): Promise<SchemaStatus> {
  const mode = resolveMode(options.schema);
  if (mode === 'off') {
    return { version: null, outcome: 'unchecked' };
  }
  const scripts = options.scripts ?? { ddl: SCHEMA_DDL, migrations: SCHEMA_MIGRATIONS };
  try {
    return await untraced(() => bringUp(store, mode, scripts));
  } catch (error) {
    if (sqlState(error) === '42501') {
      throw missingRight(options, error);
    }
    throw toStoreError(error);
  }
}

async function bringUp(
  store: SqlStore,
  mode: 'ensure' | 'verify',
  scripts: SchemaScripts,
): Promise<SchemaStatus> {
  let outcome: SchemaStatus['outcome'] = 'up_to_date';
  // Each round installs or applies one migration, or finds that another process just did.
  for (let round = 0; round <= scripts.migrations.length + 3; round += 1) {
    const installed = await readInstalled(store);
    const plan: SchemaPlan = planSchema(installed, scripts.migrations, mode);
    switch (plan.step) {
      case 'none':
        return { version: plan.version, outcome };
      case 'refuse':
        throw new ObservabilityError(plan.code, plan.message);
      case 'install':
        await store.script(installScript(scripts.ddl, plan.version, plan.minCompatible));
        outcome = 'installed';
        break;
      case 'migrate':
        if (await runMigration(store, plan.from, plan.migration)) {
          outcome = 'upgraded';
        }
        break;
    }
  }
  throw new ObservabilityError(
    'STORE_UNAVAILABLE',
    'The schema kept changing while it was upgraded. Repeat the call.',
  );
}

async function readInstalled(store: SqlStore): Promise<InstalledSchema | undefined> {
  try {
    const { rows } = await store.query<{ version: number; min_compatible: number }>(readSchemaVersion);
    const row = rows[0];
    return row === undefined ? undefined : { version: row.version, minCompatible: row.min_compatible };
  } catch (error) {
    const state = sqlState(error);
    if (state === '42P01' || state === '3F000') {
      return undefined;
    }
    throw error;
  }
}

/** False when another process has applied it while we waited for the lock. */
async function runMigration(store: SqlStore, from: number, migration: SchemaMigration): Promise<boolean> {
  try {
    await store.script(migrationScript(from, migration));
    return true;
  } catch (error) {
    if (sqlState(error) !== schemaVersionMoved) {
      throw error;
    }
    return false;
  }
}

function missingRight(options: EnsureOptions, cause: unknown): ObservabilityError {
  const how =
    'Run sql/ddl/create_observability_schema.sql (in the package under its exported text SCHEMA_DDL) as an owner, and grant this role usage on the schema observability and select, insert, update, delete on its tables';
  createLog(options.logger).warn(`This database role may not create the schema observability. ${how}.`);
  return new ObservabilityError(
    'SCHEMA_MISSING',
    `The schema is not installed, and this role may not create it. ${how}.`,
    {
      cause,
    },
  );
}

function resolveMode(mode: unknown): SchemaMode {
  if (mode === undefined || mode === 'ensure' || mode === 'verify' || mode === 'off') {
    return mode ?? 'ensure';
  }
  throw new ObservabilityError(
    'INVALID_OPTION',
    `schema is ${String(mode)}; expected 'ensure', 'verify' or 'off'.`,
  );
}
