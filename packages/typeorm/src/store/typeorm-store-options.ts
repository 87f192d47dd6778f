import { ObservabilityError } from '@pg-observability/core';
import { describeValue } from '../describe-value.ts';

/** Options of `typeormStore`. */
export interface TypeormStoreOptions {
  /**
   * `own` (default) opens a small pool from the options of the DataSource, so that telemetry never queues behind the business
   * and the last flush outlives the application's pool. `shared` uses the DataSource as it is, one connection a call: for
   * databases that count every connection. Then telemetry waits where the business waits, and ends when `destroy()` is called.
   */
  pool?: 'own' | 'shared';
  /** Connections of the own pool. Default 2: one writes, one answers probes and queries. */
  poolSize?: number;
  /** Milliseconds to wait for a connection. Default 5,000. */
  connectTimeoutMs?: number;
  /**
   * Milliseconds a statement of ours may take in a transaction; PostgreSQL cancels it then. Two seconds later the connection
   * is given up, in a transaction or not, because one whose bytes vanish never answers. Default 10,000.
   */
  statementTimeoutMs?: number;
  /**
   * False lets batches of spans and metric points commit without waiting until they are on the disk of the database (`set local
   * synchronous_commit = off`): for slow disks and synchronous replicas. Workflows and alerts wait all the same. The price:
   * when the database server crashes, loses power or is stopped at once, up to 3 x `wal_writer_delay` (0.6 s) of what was
   * counted as stored is gone, without a count: 44 of 3,723 commits when we tried. Nothing is stored twice or torn, and the
   * end of this process loses nothing. Default: as the database is configured, which is to wait.
   */
  synchronousCommit?: boolean;
}

/** The options with every default filled in. */
export interface ResolvedStoreOptions {
  readonly pool: 'own' | 'shared';
  readonly poolSize: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** Undefined leaves it to the database. */
  readonly synchronousCommit: boolean | undefined;
  /** How long the client side waits for an answer. */
  readonly answerTimeoutMs: number;
}

/**
 * Fills the defaults in.
 * @throws `INVALID_OPTION`
 */
export function resolveStoreOptions(options: TypeormStoreOptions): ResolvedStoreOptions {
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('The options', options, "an object such as { pool: 'shared' }");
  }
  const pool = options.pool ?? 'own';
  if (pool !== 'own' && pool !== 'shared') {
    throw invalidOption('pool', pool, "'own' or 'shared'");
  }
  if (pool === 'shared' && options.poolSize !== undefined) {
    throw invalidOption(
      'poolSize',
      options.poolSize,
      "none together with pool: 'shared', which opens no pool",
    );
  }
  const statementTimeoutMs = resolveNumber('statementTimeoutMs', options.statementTimeoutMs, 10_000);
  return Object.freeze({
    pool,
    poolSize: resolveNumber('poolSize', options.poolSize, 2),
    connectTimeoutMs: resolveNumber('connectTimeoutMs', options.connectTimeoutMs, 5_000),
    statementTimeoutMs,
    synchronousCommit: resolveBoolean('synchronousCommit', options.synchronousCommit),
    answerTimeoutMs: statementTimeoutMs + 2_000,
  });
}

// setTimeout and PostgreSQL both stop at 2^31 - 1 milliseconds, and two seconds are added.
const LARGEST = 2_147_481_647;

function resolveNumber(name: string, value: unknown, fallback: number): number {
  if (value === undefined) {
    return fallback;
  }
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= LARGEST) {
    return value;
  }
  throw invalidOption(name, value, `a whole number from 1, for example ${fallback}`);
}

function resolveBoolean(name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') {
    return value;
  }
  throw invalidOption(name, value, 'true or false, or nothing to leave it to the database');
}

function invalidOption(name: string, value: unknown, expected: string): ObservabilityError {
  return new ObservabilityError(
    'INVALID_OPTION',
    `${name} is ${describeValue(value)}; expected ${expected}.`,
  );
}
