import { ObservabilityError } from '../errors/observability-error.ts';
import type { PgPoolLike } from './pool-like.ts';

/** A pool this library opened, and therefore closes. */
export interface OwnPool extends PgPoolLike {
  end(): Promise<void>;
}

/** Numbers of an own pool. */
export interface OwnPoolOptions {
  connectionString: string;
  maxConnections: number;
  connectTimeoutMs: number;
  queryTimeoutMs: number;
}

/** Opens a small pool of our own, so that telemetry never queues behind the business. Connects at the first use. */
export async function openOwnPool(options: OwnPoolOptions): Promise<OwnPool> {
  const { Pool } = await loadPg();
  const pool = new Pool({
    connectionString: options.connectionString,
    max: options.maxConnections,
    application_name: 'pg-observability',
    connectionTimeoutMillis: options.connectTimeoutMs,
    // Counted by the client, because PgBouncer refuses statement_timeout at connect, and because a connection whose bytes
    // vanish never answers.
    query_timeout: options.queryTimeoutMs,
    keepAlive: true,
    allowExitOnIdle: true,
  });
  // An idle connection that the server closes is not an error of the application; without a listener it would end it.
  pool.on('error', () => undefined);
  return pool;
}

async function loadPg(): Promise<Pick<typeof import('pg'), 'Pool'>> {
  try {
    const module = await import('pg');
    return module.default ?? module;
  } catch (cause) {
    throw new ObservabilityError(
      'DRIVER_MISSING',
      'postgresStore needs the package pg, which is not installed. Run: npm install pg',
      { cause },
    );
  }
}
