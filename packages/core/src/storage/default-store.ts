import { ObservabilityError } from '../errors/observability-error.ts';
import type { Log } from '../logging/log-once.ts';
import type { SqlStore } from './sql-store.ts';

const FOLDER = '.observability';

/** True when the default store is the embedded one. */
export function usesEmbeddedStore(environment: Record<string, string | undefined>): boolean {
  return (environment['DATABASE_URL'] ?? '') === '';
}

/**
 * The store of an instance that was given none: `DATABASE_URL`, else the embedded one in `.observability`. The drivers are
 * loaded only here, when they are needed.
 * @param onLocked told when another process has the folder of the embedded store
 * @throws `STORE_REQUIRED` in production without `DATABASE_URL`
 */
export async function openDefaultStore(
  environment: Record<string, string | undefined>,
  log: Log,
  onLocked: (error: ObservabilityError) => void,
): Promise<SqlStore> {
  if (!usesEmbeddedStore(environment)) {
    const { postgresStore } = await import('../node-postgres/index.ts');
    return postgresStore(environment['DATABASE_URL']);
  }
  if (environment['NODE_ENV'] === 'production') {
    throw new ObservabilityError(
      'STORE_REQUIRED',
      'No store was given and DATABASE_URL is not set. In production set DATABASE_URL, or give createObservability a store.',
    );
  }
  const { embeddedStore } = await import('../embedded/index.ts');
  const store = embeddedStore({ dataDir: FOLDER });
  log.info(
    `No store was given and DATABASE_URL is not set: telemetry goes to the embedded database in ./${FOLDER}.`,
  );
  try {
    // Opens the folder, so that a lock is noticed here and not at the first span.
    await store.query('select 1');
  } catch (error) {
    // Nobody asked for this folder by name, so a second process goes on without telemetry.
    if (!(error instanceof ObservabilityError && error.code === 'STORE_LOCKED')) {
      throw error;
    }
    onLocked(error);
  }
  return store;
}
