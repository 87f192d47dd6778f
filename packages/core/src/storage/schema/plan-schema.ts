import type { ErrorCode } from '../../errors/error-codes.ts';
import type { SchemaMigration } from './schema-migration.ts';

/** What the version row says. */
export interface InstalledSchema {
  version: number;
  /** Oldest library schema version that can work with it. */
  minCompatible: number;
}

/** The next step that brings an installed schema to the one this library needs. */
export type SchemaPlan =
  | { step: 'none'; version: number }
  | { step: 'install'; version: number; minCompatible: number }
  | { step: 'migrate'; from: number; migration: SchemaMigration }
  | { step: 'refuse'; code: ErrorCode; message: string };

/** Decides the next step. A newer schema that is still compatible is left alone, so that a roll-back goes on working. */
export function planSchema(
  installed: InstalledSchema | undefined,
  migrations: readonly SchemaMigration[],
  mode: 'ensure' | 'verify',
): SchemaPlan {
  const target = migrations.at(-1)?.version ?? 1;
  const minCompatible = migrations.at(-1)?.minCompatible ?? 1;
  if (installed === undefined) {
    return mode === 'ensure' ? { step: 'install', version: target, minCompatible } : missing();
  }
  if (installed.version >= target) {
    return installed.minCompatible <= target
      ? { step: 'none', version: installed.version }
      : tooNew(installed, target);
  }
  const next = migrations.find((migration) => migration.version > installed.version);
  if (mode === 'verify' || next === undefined) {
    return tooOld(installed, target);
  }
  return { step: 'migrate', from: installed.version, migration: next };
}

function missing(): SchemaPlan {
  return {
    step: 'refuse',
    code: 'SCHEMA_MISSING',
    message:
      "The schema observability is not installed, and schema is 'verify'. Run sql/ddl/create_observability_schema.sql, or set schema to 'ensure'.",
  };
}

function tooNew(installed: InstalledSchema, target: number): SchemaPlan {
  return {
    step: 'refuse',
    code: 'SCHEMA_INCOMPATIBLE',
    message: `The installed schema is version ${installed.version} and needs a library of schema version ${installed.minCompatible} or newer; this one has ${target}. Update @pg-observability/core.`,
  };
}

function tooOld(installed: InstalledSchema, target: number): SchemaPlan {
  return {
    step: 'refuse',
    code: 'SCHEMA_INCOMPATIBLE',
    message: `The installed schema is version ${installed.version}; this library needs ${target}, and schema is 'verify'. Run the files of sql/migrations, or set schema to 'ensure'.`,
  };
}
