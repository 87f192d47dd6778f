import {
  ensureObservabilityTables,
  ObservabilityError,
  SCHEMA_DDL,
  schemaInstallScript,
  untraced,
} from '@pg-observability/core';
import type { SqlRunner, SqlStore } from '@pg-observability/core';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { QueryRunnerLike } from '../data-source-like.ts';
import { fromQueryRunner } from '../query-runner-sql.ts';
import { inTransaction } from './in-transaction.ts';
import { dataTables, findSchemaObjects } from './schema-objects.ts';
import {
  dropScript,
  existingTables,
  lockTables,
  schemaIsInstalled,
  selectTablesWithRows,
} from './schema.sql.ts';

/** Environment variable that lets `down` drop a schema with rows in it, for `typeorm migration:revert`. */
const FORCE_VARIABLE = 'PG_OBSERVABILITY_FORCE_DOWN';

/**
 * The schema as a TypeORM migration, for teams whose database changes by migrations only. It runs the same DDL and writes the
 * same version row as `ensureObservabilityTables`, inside the migration's transaction; afterwards ensuring changes nothing.
 * Where the schema is there already, it is left as it is or upgraded.
 *
 * `down` drops the schema, but not while spans, metrics, workflows, alerts or health transitions are stored: set
 * `CreateObservabilitySchema.force = true` or the environment variable `PG_OBSERVABILITY_FORCE_DOWN=true`. What somebody else
 * has built on our tables is never dropped; PostgreSQL refuses then.
 *
 * @example
 * ```ts
 * new DataSource({ type: 'postgres', migrations: [CreateObservabilitySchema, …] });
 * await dataSource.runMigrations();
 * ```
 */
export class CreateObservabilitySchema implements MigrationInterface {
  /** Lets `down` drop a schema with rows in it. Default false. */
  static force: boolean = false;

  /** TypeORM orders migrations by the 13 digits, and remembers by this name that it ran. */
  readonly name: string = 'CreateObservabilitySchema1795392000000';

  /**
   * Installs or upgrades the schema.
   * @throws `SCHEMA_INCOMPATIBLE` when a newer version is installed that this library cannot work with; PostgreSQL's error
   * when the role may not create it
   */
  async up(queryRunner: QueryRunner): Promise<void> {
    await migrate(queryRunner, async (sql) => {
      const { rows } = await sql.query<{ found: boolean }>(schemaIsInstalled);
      if (rows[0]?.found === true) {
        await ensureObservabilityTables(toStore(sql), { logger: SILENT });
      } else {
        await sql.query(schemaInstallScript());
      }
    });
  }

  /**
   * Drops the schema.
   * @throws `SCHEMA_NOT_EMPTY` while it holds rows and dropping is not forced; PostgreSQL's error while something of somebody
   * else's depends on it
   */
  async down(queryRunner: QueryRunner): Promise<void> {
    const objects = findSchemaObjects(SCHEMA_DDL);
    await migrate(queryRunner, async (sql) => {
      const existing = await sql.query<{ name: string }>(existingTables, [
        toArrayLiteral(dataTables(objects)),
      ]);
      const tables = existing.rows.map(({ name }) => name);
      if (tables.length > 0) {
        await sql.query(lockTables(tables));
        const filled = await sql.query<{ name: string }>(selectTablesWithRows(tables));
        assertMayDrop(filled.rows.map(({ name }) => name));
      }
      await sql.query(dropScript(objects));
    });
  }
}

function migrate(queryRunner: QueryRunnerLike, work: (sql: SqlRunner) => Promise<void>): Promise<void> {
  return untraced(() => inTransaction(queryRunner, () => work(fromQueryRunner(queryRunner))));
}

function assertMayDrop(filled: readonly string[]): void {
  if (filled.length === 0 || CreateObservabilitySchema.force || process.env[FORCE_VARIABLE] === 'true') {
    return;
  }
  throw new ObservabilityError(
    'SCHEMA_NOT_EMPTY',
    `The schema observability was not dropped, because there are rows in: ${filled.join(', ')}. To drop them with it, set the environment variable ${FORCE_VARIABLE}=true, or CreateObservabilitySchema.force = true.`,
  );
}

/** The migration's transaction as a store, so that the library's own way of upgrading runs in it. */
function toStore(sql: SqlRunner): SqlStore {
  return {
    query: (text, values) => sql.query(text, values),
    script: async (text) => {
      await sql.query(text);
    },
    transaction: (work) => work(sql),
  };
}

function toArrayLiteral(names: readonly string[]): string {
  return `{${names.join(',')}}`;
}

// What would be logged is in the error.
const SILENT = { warn: () => undefined, error: () => undefined };
