import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import type { DataSourceLike } from '../data-source-like.ts';
import type { ResolvedStoreOptions } from './typeorm-store-options.ts';

/** A DataSource this library opened, and therefore closes. */
export interface OwnDataSource extends DataSourceLike {
  destroy(): Promise<void>;
}

/** Opens a small DataSource of our own to the database of the given one. A failed attempt leaves nothing open. */
export async function openOwnDataSource(
  given: DataSourceLike,
  limits: ResolvedStoreOptions,
): Promise<OwnDataSource> {
  const own = new DataSource(toOwnOptions(given.options, limits) as unknown as DataSourceOptions);
  try {
    await own.initialize();
    return own;
  } catch (error) {
    // The pool may be open although initialize() failed, and destroy() refuses what is not initialized.
    await own.driver.disconnect().catch(() => undefined);
    throw error;
  }
}

const CREDENTIALS = ['url', 'host', 'port', 'username', 'password', 'database', 'ssl'];
const DRIVER_OPTIONS = ['driver', 'nativeDriver', 'schema', 'extra'];

/**
 * The options of the own DataSource: how to connect comes from the given ones (those of the master, where they replicate),
 * and nothing else does, so that opening it never runs a migration, synchronizes, installs an extension or logs.
 */
export function toOwnOptions(given: object, limits: ResolvedStoreOptions): Record<string, unknown> {
  const { replication } = given as { replication?: { master?: object } };
  const connection = { ...pick(replication?.master ?? given, CREDENTIALS), ...pick(given, DRIVER_OPTIONS) };
  return {
    ...connection,
    type: 'postgres',
    entities: [],
    subscribers: [],
    migrations: [],
    synchronize: false,
    migrationsRun: false,
    dropSchema: false,
    installExtensions: false,
    logging: false,
    cache: false,
    poolSize: limits.poolSize,
    applicationName: 'pg-observability',
    connectTimeoutMS: limits.connectTimeoutMs,
    // An idle connection that the server closes is no trouble of the application's.
    poolErrorHandler: () => undefined,
    extra: toOwnExtra(connection['extra'], limits),
  };
}

// `extra` goes to the driver last and wins, so what the application says there about its pool must be undone.
function toOwnExtra(extra: unknown, limits: ResolvedStoreOptions): Record<string, unknown> {
  return {
    ...(extra as object | undefined),
    max: limits.poolSize,
    min: 0,
    application_name: 'pg-observability',
    connectionTimeoutMillis: limits.connectTimeoutMs,
    // For the statements the pool itself begins with; counted by the client, as a half-open connection never answers.
    query_timeout: limits.answerTimeoutMs,
    keepAlive: true,
    allowExitOnIdle: true,
    // TypeORM asks for the server's version on a client nobody listens to; its end would be the end of the process.
    verify: (client: ErrorEmitter, done: () => void): void => {
      client.on('error', () => undefined);
      done();
    },
  };
}

interface ErrorEmitter {
  on(event: 'error', listener: () => void): unknown;
}

function pick(source: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(source).filter(([name, value]) => names.includes(name) && value !== undefined),
  );
}
